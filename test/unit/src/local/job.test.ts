import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inHome, parseArguments, recipientOf } from '../../../../src/local/job.ts'

const operands = ['joe', '/home/joe', 'joe-x', '-', 'x', 'h.e.example', 's@d.example', './Mailbox']
const job = {
  user: 'joe',
  home: '/home/joe',
  local: 'joe-x',
  dash: '-',
  ext: 'x',
  domain: 'h.e.example',
  sender: 's@d.example',
  defaultDelivery: './Mailbox',
}

test('eight operands are a delivery, with or without -- before them', () => {
  assert.deepEqual(parseArguments(operands), { is: 'deliver', job })
  assert.deepEqual(parseArguments(['--', ...operands]), { is: 'deliver', job })
})

test('-n only describes, -N delivers, and the last of them counts', () => {
  for (const options of [['-n'], ['-N', '-n'], ['-Nn'], ['-n', '--']]) {
    assert.deepEqual(parseArguments([...options, ...operands]), { is: 'describe', job })
  }
  for (const options of [['-N'], ['-n', '-N'], ['-nN']]) {
    assert.deepEqual(parseArguments([...options, ...operands]), { is: 'deliver', job })
  }
})

test('behind -- a user may have the name of an option', () => {
  const request = parseArguments(['--', '-n', ...operands.slice(1)])
  assert.deepEqual(request, { is: 'deliver', job: { ...job, user: '-n' } })
  const dash = parseArguments(['-', ...operands.slice(1)])
  assert.deepEqual(dash, { is: 'deliver', job: { ...job, user: '-' } })
})

test('too few, too many, a relative home and unknown options are misuse', () => {
  for (const argv of [
    [],
    ['-n'],
    operands.slice(1),
    [...operands, 'more'],
    ['joe', 'home', ...operands.slice(2)],
  ]) {
    assert.deepEqual(parseArguments(argv), { is: 'misuse' })
  }
  assert.deepEqual(parseArguments(['-nz', ...operands]), { is: 'misuse', option: 'z' })
})

test('operands may be empty', () => {
  const request = parseArguments(['joe', '/', '', '', '', '', '', ''])
  assert.equal(request.is, 'deliver')
})

test('a relative path begins in the home directory', () => {
  assert.equal(inHome(job, './Maildir/'), '/home/joe/./Maildir/')
  assert.equal(inHome(job, '/var/mail/joe'), '/var/mail/joe')
  assert.equal(recipientOf(job), 'joe-x@h.e.example')
})
