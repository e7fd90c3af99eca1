import { deepEqual, equal, match } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { byteString } from '../../../../lib/bytes/bytes.ts'
import { keeperFailure } from '../../../../lib/queue/keeper-failure.ts'
import type { Doing } from '../../../../lib/queue/keeper.ts'
import { infoLine, outcomeLine, SendLog, startLine, statusLine } from '../../../../src/send/log.ts'

function logging(): { log: SendLog; writes: string[] } {
  const writes: string[] = []
  return { log: new SendLog((bytes) => void writes.push(byteString(bytes))), writes }
}

describe('lines', () => {
  test('the status, running and ending', () => {
    const [local, remote] = [
      { running: 0, limit: 10 },
      { running: 1, limit: 20 },
    ]
    equal(statusLine(local, remote, false), 'status: local 0/10 remote 1/20')
    equal(statusLine(local, remote, true), 'status: local 0/10 remote 1/20 exitasap')
  })
  test('D21: blanks in a sender become _', () => {
    equal(
      infoLine({ number: '7', sizeBytes: 88, sender: 'send er@local.example', pid: '31', uid: '0' }),
      'info msg 7: bytes 88 from <send_er@local.example> qp 31 uid 0',
    )
  })
  test('D17, D19: % and blanks in a recipient become _, quotes stay', () => {
    equal(startLine(3, '7', 'remote', 'u%a@b'), 'starting delivery 3: msg 7 to remote u_a@b')
    equal(startLine(3, '7', 'local', 'a"b c\xe9@x'), 'starting delivery 3: msg 7 to local a"b_c_@x')
  })
  test('D18: an empty report leaves the blank', () => {
    equal(outcomeLine(2, 'success', ''), 'delivery 2: success: ')
  })
  test('D25: line feeds in a report become /', () => {
    equal(outcomeLine(2, 'failure', 'line1\n\n\nline2\n\nend'), 'delivery 2: failure: line1///line2//end')
  })
})

describe('warnings', () => {
  const said = (doing: Doing, file: string, later = false): string => {
    const { log, writes } = logging()
    log.warn(keeperFailure(doing, file, undefined), later ? 'will try again later' : undefined)
    log.flush()
    return writes.join('')
  }
  test('what is done to which file, in the words of the original', () => {
    deepEqual(
      [
        said('stat', 'mess/4/27'),
        said('unlink', 'local/4/27'),
        said('create', 'info/4/27'),
        said('open', 'todo/27'),
        said('read', 'todo/27'),
        said('write', 'info/4/27'),
        said('fsync', 'info/4/27'),
      ].join(''),
      'warning: unable to stat mess/4/27\n' +
        'warning: unable to unlink local/4/27\n' +
        'warning: unable to create info/4/27\n' +
        'warning: unable to open todo/27\n' +
        'warning: trouble reading todo/27\n' +
        'warning: trouble writing to info/4/27\n' +
        'warning: trouble fsyncing info/4/27\n',
    )
  })
  test('what is tried again by itself says so', () => {
    deepEqual(
      [
        said('stat', 'local/4/27', true),
        said('unlink', 'local/4/27', true),
        said('open', 'info/4/27', true),
        said('read', 'local/4/27', true),
      ].join(''),
      'warning: unable to stat local/4/27; will try again later\n' +
        'warning: unable to unlink local/4/27; will try again later\n' +
        'warning: trouble opening info/4/27; will try again later\n' +
        'warning: trouble reading local/4/27; will try again later\n',
    )
  })
  test('marks, times and records have their own consequences', () => {
    equal(
      said('mark', 'local/4/27') + said('utime', 'local/4/27') + said('parse', 'local/4/27'),
      'warning: trouble marking local/4/27; message will be delivered twice!\n' +
        'warning: unable to utime local/4/27; message will be retried too soon\n' +
        'warning: unknown record type in local/4/27!\n',
    )
  })
})

test('lines are gathered until they are flushed', () => {
  const { log, writes } = logging()
  log.flush()
  log.line('one')
  log.line('two')
  deepEqual(writes, [])
  log.flush()
  log.flush()
  deepEqual(writes, ['one\ntwo\n'])
})

test('a log that nobody reads stops nothing', () => {
  const log = new SendLog(() => {
    throw new Error('EPIPE')
  })
  log.line('one')
  log.flush()
  equal(log.cannotStart('unable to read controls'), 111)
})

test('a mistake of ours is one line', () => {
  const { log, writes } = logging()
  log.bug(new RangeError('too far'))
  match(writes.join(''), /^alert: internal error: RangeError:_too_far\/\S+\n$/)
})
