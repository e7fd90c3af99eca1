/**
 * Delivery status notifications of the real send, read by Python's email package: RFC 3464, RFC 6522, RFC 6533. The bounce is caught
 * between send and the queue.
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test, type TestContext } from 'node:test'
import { messPath } from '../../../lib/queue/paths.ts'
import { captureQueue } from '../../helpers/capture-queue.ts'
import { caseHome, local, remote } from '../../helpers/send-fixture.ts'
import { startProgram } from '../../helpers/send-program.ts'

const skip = spawnSync('python3', ['--version']).status === 0 ? false : 'python3 is not installed'
const python = new URL('report.py', import.meta.url).pathname

interface Parsed {
  readonly type: string
  readonly report: string
  readonly encodings: readonly string[]
  readonly types: readonly string[]
  readonly charset: string
  readonly words: string
  readonly groups: readonly (readonly (readonly [name: string, value: string])[])[]
  readonly original: string
  readonly defects: readonly string[]
}

function parse(message: Buffer): Parsed {
  const { status, stdout, stderr } = spawnSync('python3', ['-I', python], { input: message })
  equal(status, 0, stderr.toString())
  return JSON.parse(stdout.toString()) as Parsed
}

const base = 'u0\0p4242\0Fjoe@local.example\0'
const modern = { profile: 'modern\n' }

/** What send told about this message, and to whom. */
async function bounceOf(
  context: TestContext,
  controls: Readonly<Record<string, string>>,
  envelope: string,
  message?: string,
) {
  using queue = captureQueue()
  const home = caseHome(context, controls)
  const number = home.enqueue(envelope, message)
  const stored = home.read(messPath(number))
  const running = startProgram(context, home, { local, remote, env: queue.env })
  await running.untilLine(`end msg ${number}`)
  const caught = queue.only()
  ok(caught.message)
  return { envelope: caught.envelope?.toString('latin1'), message: caught.message, stored }
}

test('a notification of two failures, as a mail program reads it', { skip }, async (context) => {
  const { envelope, message, stored } = await bounceOf(
    context,
    { ...modern, concurrencylocal: '1\n' },
    `${base}Tnosuch@local.example\0T550abc@remote.example\0Tn\xc3\xb6@local.example\0`,
    'Subject: orig\n\nbody\n\n--x\nno line feed at the end, \xff',
  )
  equal(envelope, 'F\0Tjoe@local.example\0\0')
  const parsed = parse(message)
  deepEqual(parsed.defects, [])
  deepEqual([parsed.type, parsed.report], ['multipart/report', 'delivery-status'])
  deepEqual(parsed.types, ['text/plain', 'message/delivery-status', 'message/rfc822'])
  deepEqual(parsed.encodings, ['8bit', '8bit', '7bit', '8bit'])
  equal(parsed.charset, 'utf-8')
  match(parsed.words, /^Hi\. This is the qmail-send program at mx\.example\.org\.\nI'm afraid /)
  const paragraphs = parsed.words.split(/^(?=<)/m).slice(1)
  equal(paragraphs.join('').includes('<550abc@remote.example>:\n127.0.0.1 does not like recipient.\n'), true)
  const [ofMessage = [], ...groups] = parsed.groups
  deepEqual(ofMessage[0], ['Reporting-MTA', 'dns; mx.example.org'])
  match(ofMessage[1]?.join(': ') ?? '', /^Arrival-Date: \d+ \w+ 20\d\d \d\d:\d\d:\d\d -0000$/)
  deepEqual(
    groups
      .map((group) => Object.fromEntries(group))
      .sort((a, b) => ((a['Final-Recipient'] ?? '') < (b['Final-Recipient'] ?? '') ? -1 : 1)),
    [
      {
        'Final-Recipient': 'rfc822; 550abc@remote.example',
        Action: 'failed',
        Status: '5.0.0',
        'Remote-MTA': 'dns; [127.0.0.1]',
        'Diagnostic-Code': 'smtp; 550-first line\n 550 rejected by rule',
      },
      { 'Final-Recipient': 'rfc822; nosuch@local.example', Action: 'failed', Status: '5.1.1' },
      { 'Final-Recipient': 'utf-8; n\\x{F6}@local.example', Action: 'failed', Status: '5.1.1' },
    ],
  )
  equal(parsed.original, stored)
})

test('a message beyond bouncemaxbytes comes back as its header', { skip }, async (context) => {
  const { message } = await bounceOf(
    context,
    { dsnbounce: '1\n', bouncemaxbytes: '20\n' },
    `${base}Tnosuch@local.example\0`,
    'Subject: orig\nX: y\n\nbody \xff\n',
  )
  const parsed = parse(message)
  deepEqual(parsed.defects, [])
  equal(parsed.types[2], 'text/rfc822-headers')
  deepEqual(parsed.encodings, ['7bit', '7bit', '7bit', '7bit'])
  equal(parsed.original, 'Subject: orig\nX: y\n')
})

test('a bounce that bounces is a notification to the postmaster', { skip }, async (context) => {
  const { envelope, message, stored } = await bounceOf(context, modern, 'F\0Tnosuch@local.example\0')
  equal(envelope, 'F#@[]\0Tjoe@local.example\0\0')
  const parsed = parse(message)
  match(
    parsed.words,
    /^Hi\. .*\nI tried to deliver a bounce message to this address, but the bounce bounced!\n/,
  )
  equal(parsed.original, stored)
})

test(
  'what the client asked for: NOTIFY=NEVER, RET and ENVID, also where bounces are plain',
  { skip },
  async (context) => {
    const { message } = await bounceOf(
      context,
      {},
      `${base}p;1 M RET=HDRS ENVID=QQ+2B1\0Tsilent@local.example\0p;1 R NOTIFY=NEVER\0Tnosuch@local.example\0`,
    )
    const parsed = parse(message)
    deepEqual(parsed.groups[0]?.[0], ['Original-Envelope-Id', 'QQ+1'])
    deepEqual(
      parsed.groups.slice(1).map((group) => group[0]?.[1]),
      ['rfc822; nosuch@local.example'],
    )
    equal(parsed.words.includes('silent'), false)
    equal(parsed.original, 'Subject: t\n')
  },
)

test('when every failure is to be kept from the sender, there is no bounce', async (context) => {
  using queue = captureQueue()
  const home = caseHome(context, modern)
  const number = home.enqueue(`${base}Tsilent@local.example\0p;1 R NOTIFY=NEVER\0`)
  const running = startProgram(context, home, { local, env: queue.env })
  const lines = await running.untilLine(`end msg ${number}`)
  ok(lines.some((line) => line.startsWith('delivery 1: failure: ')))
  ok(!lines.some((line) => line.startsWith('bounce msg')))
  equal(home.exists(`bounce/${number}`), false)
})
