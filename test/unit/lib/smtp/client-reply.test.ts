import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  offersIn,
  type Reply,
  REPLY_LINE_BYTES,
  REPLY_LINES,
  REPLY_TEXT_BYTES,
  ReplyParser,
} from '../../../../lib/smtp/client-reply.ts'

function parse(text: string): readonly Reply[] {
  return new ReplyParser().push(Buffer.from(text, 'latin1'))
}

test('a reply is one line or several, with the code of the first', () => {
  assert.deepEqual(parse('250 ok\r\n'), [{ code: 250, text: '250 ok\n' }])
  assert.deepEqual(parse('550-no\r\n550 such user\r\n'), [{ code: 550, text: '550-no\n550 such user\n' }])
  assert.deepEqual(parse('250-a\r\n550 b\r\n'), [{ code: 250, text: '250-a\n550 b\n' }])
  assert.deepEqual(parse('250\r\n'), [{ code: 250, text: '250\n' }])
  assert.deepEqual(parse('250-\r\n250\r\n'), [{ code: 250, text: '250-\n250\n' }])
})

test('lines may end in LF alone, and replies may come together', () => {
  assert.deepEqual(parse('250 a\n354 b\r\n250-c\n250 d\n'), [
    { code: 250, text: '250 a\n' },
    { code: 354, text: '354 b\n' },
    { code: 250, text: '250-c\n250 d\n' },
  ])
})

test('byte by byte the replies are the same', () => {
  const parser = new ReplyParser()
  const replies = [...Buffer.from('250-a\r\n250 b\r\n421 c\r\n')].flatMap((byte) =>
    parser.push(Uint8Array.of(byte)),
  )
  assert.deepEqual(replies, [
    { code: 250, text: '250-a\n250 b\n' },
    { code: 421, text: '421 c\n' },
  ])
})

test('J20: NUL is shown as a question mark, other bytes are kept', () => {
  assert.deepEqual(parse('554 a\0b\xe9\r\n'), [{ code: 554, text: '554 a?b\xe9\n' }])
})

test('J22: three bytes that are no code are no code, even across a line end', () => {
  assert.deepEqual(parse('2\r\n250 ok\r\n'), [{ code: undefined, text: '2\n250 ok\n' }])
  for (const text of ['2x0 ok\r\n', ' 50 ok\r\n', '199 ok\r\n', '600 no\r\n', '999 no\r\n', 'ok ok ok\r\n'])
    assert.equal(parse(text)[0]?.code, undefined, text)
})

test(`${REPLY_TEXT_BYTES} bytes of text are kept, of one line or of many`, () => {
  const parser = new ReplyParser()
  const long = parser.push(Buffer.from(`250 ${'x'.repeat(9000)}\r\n250 next\r\n`))
  assert.deepEqual(
    long.map(({ text }) => text.length),
    [REPLY_TEXT_BYTES, '250 next\n'.length],
  )
  const [many] = parse(`${`250-${'y'.repeat(60)}\r\n`.repeat(900)}250 end\r\n`)
  assert.equal(many?.text.length, REPLY_TEXT_BYTES)
  const exact = parse(`250 ${'x'.repeat(REPLY_TEXT_BYTES - 5)}\r\n`)[0]?.text
  assert.ok(exact?.endsWith('x\n') && exact.length === REPLY_TEXT_BYTES)
})

test(`a line of ${REPLY_LINE_BYTES} bytes is read, a longer one is not`, () => {
  const rest = '\r\n'.length
  const fits = new ReplyParser()
  assert.equal(fits.push(Buffer.from(`250 ${'x'.repeat(REPLY_LINE_BYTES - 4 - rest)}\r\n`)).length, 1)
  assert.equal(fits.isOverlong, false)
  const longer = new ReplyParser()
  longer.push(Buffer.from(`250 ${'x'.repeat(REPLY_LINE_BYTES - 4)}`))
  assert.equal(longer.isOverlong, false)
  assert.deepEqual(longer.push(Buffer.from('x\r\n250 ok\r\n')), [])
  assert.equal(longer.isOverlong, true)
})

test(`a reply of ${REPLY_LINES} lines is read, one of more is not`, () => {
  const fits = new ReplyParser()
  assert.equal(fits.push(Buffer.from(`${'250-\r\n'.repeat(REPLY_LINES - 1)}250 ok\r\n`)).length, 1)
  const longer = new ReplyParser()
  assert.equal(longer.push(Buffer.from(`${'250-\r\n'.repeat(REPLY_LINES)}250 ok\r\n`)).length, 0)
  assert.equal(longer.isOverlong, true)
})

test('EHLO keywords are found in upper case, with their parameters', () => {
  const [reply] = parse(
    '250-far.example SIZE\r\n250-size 1000\r\n250-PIPELINING\r\n250-AUTH=LOGIN x\r\n250 8BITMIME\r\n',
  )
  assert.deepEqual(
    [...offersIn(reply as Reply)],
    [
      ['SIZE', '1000'],
      ['PIPELINING', ''],
      ['AUTH', 'LOGIN x'],
      ['8BITMIME', ''],
    ],
  )
})
