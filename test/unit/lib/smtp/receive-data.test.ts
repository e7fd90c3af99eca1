/** The content of a message: its end, its line ends, its dots, what is counted; however it is cut into chunks. */
import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { DataReceiver } from '../../../../lib/smtp/receive-data.ts'

const modern = { bareLineEnds: 'refuse', storedBytes: 0, lineBytes: 0 } as const
const qmail = { bareLineEnds: 'qmail', storedBytes: 0, lineBytes: 0 } as const

interface Outcome {
  readonly stored: string
  readonly end: string | undefined
  /** What the content left of the input. */
  readonly rest: string
  readonly receiver: DataReceiver
}

function feed(
  text: string,
  limits: ConstructorParameters<typeof DataReceiver>[0],
  chunkBytes = text.length,
): Outcome {
  const input = Buffer.from(text, 'latin1')
  const receiver = new DataReceiver(limits)
  let stored = ''
  let at = 0
  while (at < input.length) {
    const chunk = input.subarray(at, at + chunkBytes)
    const received = receiver.receive(chunk, 0)
    stored += received.stored?.toString('latin1') ?? ''
    at += received.taken
    if (received.end !== undefined)
      return { stored, end: received.end, rest: input.toString('latin1', at), receiver }
    equal(received.taken, chunk.length)
  }
  return { stored, end: undefined, rest: '', receiver }
}

/** In one chunk, byte by byte, and in pieces of 2 to 5: always the same. */
function check(
  text: string,
  limits: typeof modern | typeof qmail,
  expected: Omit<Outcome, 'receiver'>,
): void {
  for (const size of [text.length, 1, 2, 3, 4, 5]) {
    const { stored, end, rest, receiver } = feed(text, limits, size)
    if (receiver.hasBareLineEnd)
      deepEqual({ end, rest }, { end: expected.end, rest: expected.rest }, `chunks of ${size}`)
    else deepEqual({ stored, end, rest }, expected, `chunks of ${size}`)
  }
}

test('CR LF becomes LF, a leading dot is removed, and CR LF . CR LF ends the content', () => {
  for (const limits of [modern, qmail]) {
    check('a\r\n..\r\n.b\r\n...\r\n\r\n.\r\nQUIT\r\n', limits, {
      stored: 'a\n.\nb\n..\n\n',
      end: 'end',
      rest: 'QUIT\r\n',
    })
    check('.\r\nrest', limits, { stored: '', end: 'end', rest: 'rest' })
    check('a', limits, { stored: 'a', end: undefined, rest: '' })
  }
})

test('any byte but CR and LF is kept, NUL and bytes above 127 too', () => {
  const line = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte))
    .join('')
    .replace(/[\r\n]/g, '')
  check(`${line}\r\n.\r\n`, modern, { stored: `${line}\n`, end: 'end', rest: '' })
})

test('in qmail a bare CR is text, also behind a leading dot (case C25)', () => {
  check('a\r\r\n\r.\r\n.\r\r\n..\r\n.a\r\n...\r\n.\r\n', qmail, {
    stored: 'a\r\n\r.\n.\r\n.\na\n..\n',
    end: 'end',
    rest: '',
  })
})

test('in qmail a bare LF ends everything at once (case C26)', () => {
  for (const form of ['x\n', '\r\n.\n', '\n', '.\n', 'x\r\n\n.\r\n'])
    equal(feed(`${form}more`, qmail).end, 'bareLf', form)
})

/** What some server somewhere takes for the end of a message. */
const falseEnds = [
  '\n.\n',
  '\n.\r\n',
  '\r\n.\n',
  '\r.\r',
  '\r.\r\n',
  '\r\n.\r',
  '\n.\r',
  '\r.\n',
  '\r\n.\r\r\n',
  '\r\r\n.\r\r\n',
]

for (const form of falseEnds) {
  test(`the false end ${JSON.stringify(form)} is refused, and what follows is never a command`, () => {
    const { end, receiver, stored } = feed(`a\r\nb${form}MAIL FROM:<x@y>\r\n`, modern)
    equal(end, 'falseEnd')
    equal(receiver.hasBareLineEnd, true)
    equal(stored, '')
  })
  test(`the false end ${JSON.stringify(form)} is found however it is cut`, () => {
    for (const size of [1, 2, 3, 4, 5])
      equal(feed(`a\r\nb${form}MAIL FROM:<x@y>\r\n`, modern, size).end, 'falseEnd')
  })
}

test('a NUL between the line ends makes no end of any kind', () => {
  for (const form of ['\r\n.\0\r\n', '\r\n\0.\r\n']) {
    equal(feed(`a${form}`, modern).end, undefined, JSON.stringify(form))
  }
})

test('a message with a bare CR or LF is read to its real end', () => {
  for (const bare of ['a\nb', 'a\rb', '\n', '\r', 'a\r\r\nb', '.\nb'.slice(1)]) {
    check(`x\r\n${bare}\r\ny\r\n.\r\nRSET`, modern, { stored: '', end: 'end', rest: 'RSET' })
    for (const size of [1, 2, 3, 7])
      equal(feed(`x\r\n${bare}\r\ny\r\n.\r\n`, modern, size).receiver.hasBareLineEnd, true)
  }
})

test('a CR that the next chunk completes is not bare', () => {
  const receiver = new DataReceiver(modern)
  equal(receiver.receive(Buffer.from('a\r'), 0).stored?.toString(), 'a')
  equal(receiver.receive(Buffer.from('\nb\r\n.\r\n'), 0).stored?.toString(), '\nb\n')
  equal(receiver.hasBareLineEnd, false)
})

function hops(header: string, size?: number): number {
  return feed(`${header}\r\n.\r\n`, modern, size).receiver.hops
}

test('header lines that begin with received or delivered are hops, in any case and without a colon', () => {
  for (const size of [undefined, 1, 3, 8]) {
    equal(hops('Received: x\r\nrEcEiVeD\r\nDELIVERED-TO: y\r\ndelivered\r\nSubject: received\r\n', size), 4)
    equal(hops('Receive\r\n Received: x\r\n.Received: x\r\nDeliver\r\nReceivde\r\n', size), 0)
  }
})

test('the body has no hops', () => {
  for (const size of [undefined, 1, 3])
    equal(hops('Received: x\r\n\r\nReceived: y\r\nDelivered-To: z\r\n', size), 1)
})

test('stored bytes are counted at and past the limit, and no more is handed on past it', () => {
  const limits = { ...modern, storedBytes: 10 }
  for (const size of [undefined, 1, 4]) {
    const at = feed('123456789\r\n.\r\n', limits, size)
    deepEqual([at.receiver.storedBytes, at.receiver.isTooLarge, at.stored], [10, false, '123456789\n'])
    const past = feed('1234567890\r\n.\r\n', limits, size)
    deepEqual([past.receiver.storedBytes, past.receiver.isTooLarge, past.end], [11, true, 'end'])
    equal(past.stored.length <= 10, true)
  }
})

test('a line at the limit is one, and a longer one is reported', () => {
  const limits = { ...modern, lineBytes: 100 }
  for (const size of [undefined, 1, 64]) {
    equal(feed(`${'x'.repeat(98)}\r\ny\r\n.\r\n`, limits, size).receiver.hasLongLine, false)
    equal(feed(`${'x'.repeat(99)}\r\ny\r\n.\r\n`, limits, size).receiver.hasLongLine, true)
    equal(feed(`.${'x'.repeat(98)}\r\ny\r\n.\r\n`, limits, size).receiver.hasLongLine, true)
  }
})

/** What a client does to a message, RFC 5321 §4.5.2. */
function onTheWire(message: string): string {
  return `${message.replace(/^\./gm, '..').replaceAll('\n', '\r\n')}.\r\n`
}

test('any message of lines arrives as it was, however it is cut', () => {
  const line = fc.string({ unit: fc.constantFrom('.', 'a', 'b', ' ', '\0', 'é', 'R'), maxLength: 12 })
  const message = fc.array(line, { maxLength: 12 }).map((lines) => lines.map((one) => `${one}\n`).join(''))
  fc.assert(
    fc.property(
      message,
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom(modern, qmail),
      (text, size, limits) => {
        const { stored, end, rest } = feed(`${onTheWire(text)}NEXT`, limits, size)
        deepEqual({ stored, end, rest }, { stored: text, end: 'end', rest: 'NEXT' })
      },
    ),
    { numRuns: 500 },
  )
})

test('any bytes give the same outcome in one chunk and in many', () => {
  const bytes = fc.string({ unit: fc.constantFrom('.', '\r', '\n', 'a', '\r\n', '\r\n.\r\n'), maxLength: 30 })
  fc.assert(
    fc.property(
      bytes,
      fc.integer({ min: 1, max: 6 }),
      fc.constantFrom(modern, qmail),
      (text, size, limits) => {
        const [whole, cut] = [feed(text, limits), feed(text, limits, size)]
        deepEqual(
          [cut.end, cut.rest, cut.receiver.hasBareLineEnd],
          [whole.end, whole.rest, whole.receiver.hasBareLineEnd],
        )
        // What a broken message had before it broke is of no use to anybody.
        if (!whole.receiver.hasBareLineEnd && whole.end !== 'bareLf') equal(cut.stored, whole.stored)
      },
    ),
    { numRuns: 1000 },
  )
})
