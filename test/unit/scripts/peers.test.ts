/** The peers: what is fetched runs, and a whole Postfix leaves nothing behind. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { once } from 'node:events'
import { test } from 'node:test'
import { fetchPeer, programOf } from '../../../scripts/peers/fetch.ts'
import { startPostfix } from '../../../scripts/peers/postfix.ts'
import { freePort, withoutPeer, withoutRoot, without } from '../../helpers/peers.ts'

test(
  'smtp-source of the fetched Postfix runs from where it was unpacked',
  { skip: withoutPeer('postfix') },
  () => {
    const peer = fetchPeer('postfix')
    assert.ok('root' in peer)
    const [program, env] = programOf(peer, '/usr/sbin/smtp-source')
    const { stderr } = spawnSync(program, [], { encoding: 'utf8', env: { ...process.env, ...env } })
    assert.match(stderr, /usage: .*smtp-source/)
  },
)

test(
  'a whole Postfix starts in its own namespace, greets, and leaves no process',
  { skip: withoutRoot() || withoutPeer('postfix') || without('unshare') },
  async () => {
    const spool = mkdtempSync(`${tmpdir()}/postfix-`)
    try {
      const port = await freePort()
      const postfix = await startPostfix({ spool, port })
      assert.ok('stop' in postfix, 'missing' in postfix ? postfix.missing : '')
      const socket = connect(port, '127.0.0.1')
      const [greeting] = await once(socket, 'data')
      assert.match(String(greeting), /^220 postfix\.example\.test ESMTP/)
      socket.destroy()
      await postfix.stop()
      assert.deepEqual(processesOf(spool), [])
      assert.ok(existsSync(`${spool}/queue/active`))
    } finally {
      rmSync(spool, { recursive: true, force: true })
    }
  },
)

/** Whatever has its working directory in the spool, as all of Postfix has. */
function processesOf(spool: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(spool)
      } catch {
        return false
      }
    })
}
