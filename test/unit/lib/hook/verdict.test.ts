/** Exit codes as verdicts: every code of the page, and that any other fails closed. */
import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { isAnswer, rcptCheckVerdict, verdictOf } from '../../../../lib/hook/verdict.ts'

const code = (number: number) => ({ is: 'code', code: number }) as const

test('0 continues, 110 accepts, 99 drops', () => {
  deepEqual(verdictOf('rcpt', code(0), ''), { is: 'continue' })
  deepEqual(verdictOf('rcpt', code(110), ''), { is: 'accept' })
  deepEqual(verdictOf('rcpt', code(99), ''), { is: 'drop' })
})

test('1, 31 and 100 refuse for good', () => {
  for (const number of [1, 31, 100]) {
    deepEqual(verdictOf('rcpt', code(number), 'no'), { is: 'refuse', retry: 'never', reply: 'no' })
  }
})

test('everything else refuses for now', () => {
  const others = Array.from({ length: 256 }, (_, number) => number).filter(
    (one) => ![0, 1, 31, 99, 100, 110].includes(one),
  )
  for (const number of others) {
    deepEqual(
      verdictOf('rcpt', code(number), ''),
      { is: 'refuse', retry: 'later', reply: '' },
      String(number),
    )
  }
  for (const is of ['timeout', 'unstartable'] as const) equal(verdictOf('rcpt', { is }, '').is, 'refuse')
  deepEqual(verdictOf('rcpt', { is: 'signal', signal: 'SIGSEGV' }, ''), {
    is: 'refuse',
    retry: 'later',
    reply: '',
  })
})

test('a code that the page names is an answer; a crash, a timeout and any other code are none', () => {
  for (const number of [0, 110, 99, 1, 100, 31, 71, 75, 111])
    equal(isAnswer(code(number)), true, String(number))
  for (const number of [2, 3, 120, 126, 127]) equal(isAnswer(code(number)), false, String(number))
  equal(isAnswer({ is: 'timeout' }), false)
  equal(isAnswer({ is: 'signal', signal: 'SIGKILL' }), false)
})

test('at rcpt, =address replaces the recipient; what can be no address is a mistake', () => {
  deepEqual(verdictOf('rcpt', code(0), '=new@local.example\n'), {
    is: 'continue',
    recipient: 'new@local.example',
  })
  deepEqual(verdictOf('mail', code(0), '=new@local.example'), { is: 'continue' })
  deepEqual(verdictOf('rcpt', code(0), 'fine'), { is: 'continue' })
  for (const bad of ['=', '=a\nb@c', '=a\0b', `=${'x'.repeat(2000)}`]) {
    equal(verdictOf('rcpt', code(0), bad).is, 'refuse', bad.slice(0, 10))
  }
})

test('a reply is cut at a thousand bytes', () => {
  const verdict = verdictOf('rcpt', code(100), 'x'.repeat(1001))
  equal(verdict.is === 'refuse' && verdict.reply.length, 1000)
})

test("RCPTCHECK's codes: 100 refuses, 111, 120 and 113 close, 112 drops, all others accept", () => {
  const reply = (number: number, text = ''): string | undefined => {
    const verdict = rcptCheckVerdict(code(number), text)
    return verdict.is === 'refuse' ? verdict.reply.slice(0, 3) : undefined
  }
  equal(reply(100), '553')
  equal(reply(100, '550 nobody'), '550')
  equal(reply(100, 'nobody'), '553')
  for (const number of [111, 120, 113]) equal(reply(number), '421')
  equal(reply(111, '451 later'), '451')
  equal(rcptCheckVerdict(code(112), '').is, 'drop')
  for (const number of [0, 1, 99, 255]) equal(rcptCheckVerdict(code(number), '').is, 'continue')
  for (const number of [126, 127]) equal(reply(number), '421')
  equal(rcptCheckVerdict({ is: 'unstartable' }, '').is, 'refuse')
})
