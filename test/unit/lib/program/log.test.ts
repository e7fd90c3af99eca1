import assert from 'node:assert/strict'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { after, test } from 'node:test'
import * as fc from 'fast-check'
import { byteString } from '../../../../lib/bytes/bytes.ts'
import { formatEvent, logTo, traceTo } from '../../../../lib/program/log.ts'

const home = mkdtempSync(`${tmpdir()}/jsmail-log-`)
after(() => rmSync(home, { recursive: true }))

test('an event is its program, pid, name and fields between single spaces', () => {
  assert.equal(
    formatEvent('smtpd', 7, 'refuse', { ip: '192.0.2.7', code: 553, none: undefined }),
    'smtpd 7 refuse ip=192.0.2.7 code=553\n',
  )
})

test('a value can be read back from its line, whatever its bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 900 }), (bytes) => {
      const value = byteString(bytes)
      const line = formatEvent('x', 1, 'e', { value })
      assert.match(line, /^x 1 e value=[!-~]*\n$/)
      assert.equal(unescape(line.slice('x 1 e value='.length, -1)), value)
    }),
  )
})

test('a line has a cap, so that it is one write of a pipe', () => {
  const fields = Object.fromEntries(
    Array.from({ length: 10 }, (_, index) => [`f${index}`, '\0'.repeat(2000)]),
  )
  const line = formatEvent('x', 1, 'e', fields)
  assert.ok(line.length <= 4096 && line.endsWith('\n'))
})

test('a log that cannot be written stops nobody', () => {
  const fd = openSync('/dev/full', 'w')
  logTo(fd, 'x', 1)('event')
  closeSync(fd)
  logTo(9999, 'x', 1)('event')
})

test('the trace is appended to the file of its user, with the time in front; without a file there is none', () => {
  mkdirSync(`${home}/trace`)
  writeFileSync(`${home}/trace/123`, '')
  const trace = traceTo(home, 123, 'queue', 9, () => 1000)
  trace('queued', { qp: 9 })
  trace('queued', { qp: 10 })
  assert.equal(
    readFileSync(`${home}/trace/123`, 'utf8'),
    '1000 queue 9 queued qp=9\n1000 queue 9 queued qp=10\n',
  )
  traceTo(home, 124, 'queue', 9, () => 1000)('queued')
})
