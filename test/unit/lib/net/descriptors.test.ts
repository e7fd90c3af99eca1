/** Sockets that systemd passes: by sd_listen_fds(3) they are meant for one process only. */
import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { passedSockets } from '../../../../lib/net/descriptors.ts'

test('sockets that were passed to another process are not ours', () => {
  deepEqual(passedSockets({ LISTEN_PID: '1', LISTEN_FDS: '1' }, 2), [])
  deepEqual(passedSockets({ LISTEN_FDS: '1' }, 2), [])
  deepEqual(passedSockets({}, 2), [])
})

test('a count that is none passes nothing, and a large one is no work', () => {
  for (const count of ['', 'x', '-1', '0', '1e9', '4294967295']) {
    deepEqual(passedSockets({ LISTEN_PID: '2', LISTEN_FDS: count }, 2), [], count)
  }
})
