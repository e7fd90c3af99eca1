import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { messageOpener } from '../../../../lib/delivery/by-file.ts'

const mess = mkdtempSync(join(tmpdir(), 'mess-'))
const self = process.getuid?.() ?? -1
mkdirSync(join(mess, '4'))
writeFileSync(join(mess, '4/27'), 'Subject: t\n\n')
after(() => rmSync(mess, { recursive: true }))

test('a message of its owner is opened at its beginning', () => {
  const fd = messageOpener(mess, self)('4/27')
  assert.ok(typeof fd === 'number')
  assert.equal(readFileSync(fd, 'latin1'), 'Subject: t\n\n')
  closeSync(fd)
})

test('a missing message, a foreign one, a directory and a FIFO are tried again', () => {
  execFileSync('mkfifo', [join(mess, '4/28')])
  const open = messageOpener(mess, self)
  assert.deepEqual(open('4/99'), { letter: 'Z', text: 'qmail-spawn unable to open message. (#4.3.0)\n' })
  assert.deepEqual(open('4'), { letter: 'Z', text: 'Sorry, message has wrong type. (#4.3.5)\n' })
  assert.deepEqual(open('4/28'), { letter: 'Z', text: 'Sorry, message has wrong type. (#4.3.5)\n' })
  assert.deepEqual(messageOpener(mess, self + 1)('4/27'), {
    letter: 'Z',
    text: 'Sorry, message has wrong owner. (#4.3.5)\n',
  })
})
