/** The command line. */
import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { parseOptions } from '../../../../src/smtpd/options.ts'

function options(...argv: readonly string[]) {
  const parsed = parseOptions(argv)
  return parsed.ok ? parsed.value : undefined
}

test('without options it is one connection, and the arguments of AUTH patches are ignored', () => {
  deepEqual(options(), { listen: [], untilEof: false })
  deepEqual(options('mx.example.org', '/bin/checkpassword', 'true'), { listen: [], untilEof: false })
})

test('--listen may stand several times, with a space or an equals sign', () => {
  deepEqual(options('--listen', '127.0.0.1:25', '--listen=[::1]:2525', '--until-eof'), {
    listen: [
      { host: '127.0.0.1', port: 25 },
      { host: '::1', port: 2525 },
    ],
    untilEof: true,
  })
})

test('what is no address and no option is told', () => {
  for (const argv of [
    ['--listen'],
    ['--listen', 'x'],
    ['--listen=25'],
    ['--foo'],
    ['--listening', '127.0.0.1:25'],
  ])
    equal(options(...argv), undefined, argv.join(' '))
})
