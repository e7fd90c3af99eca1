/** Both shapes of a bounce, from paragraphs and a message that come in pieces. */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { byteString, bytesOf } from '../../../../lib/bytes/bytes.ts'
import { ok as fine } from '../../../../lib/failure/failure.ts'
import { bounceFor } from '../../../../src/send/bounce.ts'
import { ByteLook } from '../../../../src/send/look.ts'
import { bounceMessage, type Form, HEADER_BYTES, headerOf } from '../../../../src/send/notice.ts'

const settings = {
  bouncefrom: 'MAILER-DAEMON',
  bouncehost: 'mx.example',
  doubleBounceTo: 'postmaster@mx.example',
  isReport: true,
  maxBytes: 100,
}

async function* pieces(text: string, size = 10): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < text.length; at += size) yield bytesOf(text.slice(at, at + size))
}

interface Case {
  readonly paragraphs?: string
  readonly message?: string
  readonly extras?: readonly string[]
  readonly form?: Partial<Form>
  readonly sender?: string
}

async function made({ paragraphs, message = 'Subject: t\n\nbody\n', extras = [], ...rest }: Case) {
  const bounce = bounceFor(rest.sender ?? 'joe@local.example', settings, 0)
  if (bounce === undefined) throw new Error('no bounce')
  let tokens = 0
  const told = {
    birthSeconds: 0,
    extras: async function* () {
      yield* extras
    },
    paragraphs: () => pieces(paragraphs ?? '<a@b>:\nno (#5.1.1)\n\n'),
    sizeBytes: async () => fine(message.length),
    message: () => pieces(message),
  }
  const form = { ...settings, nowMs: 0, token: () => `token${++tokens}`, ...rest.form }
  const chunks: Uint8Array[] = []
  for await (const chunk of bounceMessage(bounce, told, form)) chunks.push(chunk)
  return byteString(Buffer.concat(chunks))
}

test('a notification, from its first byte to its last', async () => {
  equal(
    await made({}),
    'Date: 1 Jan 1970 00:00:00 -0000\n' +
      'From: MAILER-DAEMON@mx.example\n' +
      'To: joe@local.example\n' +
      'Subject: failure notice\n' +
      'Message-ID: <19700101000000.token2@mx.example>\n' +
      'Auto-Submitted: auto-replied\n' +
      'MIME-Version: 1.0\n' +
      'Content-Type: multipart/report; report-type=delivery-status;\n\tboundary="token1"\n' +
      'Content-Transfer-Encoding: 7bit\n\n' +
      '--token1\nContent-Type: text/plain; charset=us-ascii\nContent-Description: Notification\n' +
      'Content-Transfer-Encoding: 7bit\n\n' +
      'Hi. This is the qmail-send program at mx.example.\n' +
      "I'm afraid I wasn't able to deliver your message to the following addresses.\n" +
      "This is a permanent error; I've given up. Sorry it didn't work out.\n\n" +
      '<a@b>:\nno (#5.1.1)\n\n' +
      '\n--token1\nContent-Type: message/delivery-status\nContent-Description: Delivery report\n' +
      'Content-Transfer-Encoding: 7bit\n\n' +
      'Reporting-MTA: dns; mx.example\nArrival-Date: 1 Jan 1970 00:00:00 -0000\n\n' +
      'Final-Recipient: rfc822; a@b\nAction: failed\nStatus: 5.1.1\n' +
      '\n--token1\nContent-Type: message/rfc822\nContent-Description: Undelivered message\n' +
      'Content-Transfer-Encoding: 7bit\n\n' +
      'Subject: t\n\nbody\n' +
      '\n--token1--\n',
  )
})

test('the plain shape knows nothing of all that', async () => {
  const text = await made({ form: { isReport: false } })
  ok(
    text.startsWith(
      'Date: 1 Jan 1970 00:00:00 -0000\nFrom: MAILER-DAEMON@mx.example\nTo: joe@local.example\nSubject: failure notice\n\nHi. ',
    ),
  )
  ok(
    text.endsWith(
      'out.\n\n<a@b>:\nno (#5.1.1)\n\n--- Below this line is a copy of the message.\n\nReturn-Path: <joe@local.example>\nSubject: t\n\nbody\n',
    ),
  )
})

test('a client that asked about notifications gets one; FULL and HDRS are its wish', async () => {
  const form = { isReport: false, maxBytes: 5 }
  ok(
    (await made({ form, extras: ['x1 M ENVID=Q1'] })).includes(
      '\n\nOriginal-Envelope-Id: Q1\nReporting-MTA: ',
    ),
  )
  ok((await made({ form, extras: ['x1 M RET=FULL'] })).includes('\n\nSubject: t\n\nbody\n\n--token1--\n'))
  ok((await made({ extras: ['x1 M RET=HDRS'] })).includes('text/rfc822-headers'))
})

test('the whole message up to the limit, its header above it, always all of it without one', async () => {
  const message = `Subject: t\n\n${'x'.repeat(87)}\n`
  equal(message.length, 100)
  const isWhole = async (text: string, maxBytes: number) =>
    (await made({ message: text, form: { maxBytes } })).includes('message/rfc822\n')
  deepEqual(
    [await isWhole(message, 100), await isWhole(`${message}x`, 100), await isWhole(`${message}x`, 0)],
    [true, false, true],
  )
  ok((await made({ message: `${message}x` })).endsWith('7bit\n\nSubject: t\n\n--token1--\n'))
})

test('a token that occurs in a part is replaced, wherever the pieces are cut', async () => {
  for (const message of ['\ntoken1', 'S: 12345token1\n\n', 'S: 1token1\n'])
    ok((await made({ message })).includes('boundary="token2"'), message)
  ok((await made({ paragraphs: '<a@b>:\ntoken1 token2\n\n' })).includes('boundary="token3"'))
  await rejects(made({ message: 'same', form: { token: () => 'same' } }))
})

test('8bit is said of the parts that are, and of the whole', async () => {
  const encodings = (text: string) =>
    [...text.matchAll(/^Content-Transfer-Encoding: (.*)$/gm)].map((one) => one[1])
  deepEqual(encodings(await made({ message: 'S: t\n\n\xff\n' })), ['8bit', '7bit', '7bit', '8bit'])
  deepEqual(encodings(await made({ paragraphs: '<\xc3\xb6@b>:\nno\n\n' })), ['8bit', '8bit', '7bit', '7bit'])
  const large = `S: t\n\n${'\xff'.repeat(200)}`
  deepEqual(encodings(await made({ message: large })), ['7bit', '7bit', '7bit', '7bit'])
})

test('damage in the paragraphs: the others are told, and without any the plain shape has the words', async () => {
  const text = await made({ paragraphs: 'broken\n\n<a@b>:\nno\n\n<c@d>' })
  deepEqual(text.match(/^Final-Recipient: .*$/gm), ['Final-Recipient: rfc822; a@b'])
  ok(text.includes('out.\n\nbroken\n\n<a@b>:\nno\n\n<c@d>\n--token1\n'))
  ok(!(await made({ paragraphs: 'broken\n\n' })).includes('multipart'))
})

test('a double bounce has its own words', async () => {
  const text = await made({ sender: '' })
  ok(
    text.includes('\nTo: postmaster@mx.example\n') &&
      text.includes('\nI tried to deliver a bounce message to this'),
  )
})

test('100,000 paragraphs have 100,000 groups of fields', async () => {
  const paragraphs = Array.from({ length: 100_000 }, (_, i) => `<u${i}@x>:\nno\n\n`).join('')
  const bounce = bounceFor('joe@x', settings, 0)
  if (bounce === undefined) throw new Error('no bounce')
  const told = {
    birthSeconds: 0,
    extras: async function* () {},
    paragraphs: () => pieces(paragraphs, 65_536),
    sizeBytes: async () => fine(0),
    message: () => pieces(''),
  }
  let groups = 0
  let largest = 0
  for await (const chunk of bounceMessage(bounce, told, { ...settings, nowMs: 0, token: () => 'TOKEN' })) {
    groups += byteString(chunk).split('\nFinal-Recipient: ').length - 1
    largest = Math.max(largest, chunk.length)
  }
  equal(groups, 100_000)
  ok(largest < 500_000, `${largest}`)
})

test('the header of a message: without its empty line, and cut at a line at the cap', async () => {
  const header = async (text: string, size?: number) => byteString(await headerOf(pieces(text, size)))
  equal(await header('a: b\nc: d\n\nbody\n\n'), 'a: b\nc: d\n')
  equal(await header('a: b\r\n\r\nbody\n\n'), 'a: b\r\n')
  equal(await header('\nbody\n\n'), '')
  equal(await header('a: b'), 'a: b')
  const fits = `a: ${'x'.repeat(HEADER_BYTES - 4)}\n`
  equal(await header(`${fits}\nbody`, 4096), fits)
  equal(await header(`a: b\nb: c${fits}\nbody`, 4096), 'a: b\n')
  equal(await header('x'.repeat(HEADER_BYTES + 1), 65_536), '')
})

test('a look at bytes: a character may be cut between two chunks', () => {
  const look = new ByteLook('w')
  for (const chunk of ['a\xc3', '\xb6']) look.receive(bytesOf(chunk))
  deepEqual([look.hasHighBytes, look.isUtf8, look.hasWord], [true, true, false])
  look.receive(bytesOf('\xffw'))
  deepEqual([look.isUtf8, look.hasWord], [false, true])
})
