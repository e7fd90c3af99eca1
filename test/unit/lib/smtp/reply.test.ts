/** Replies as the two profiles show them, and words of other programs. */
import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { permanent, temporary } from '../../../../lib/failure/failure.ts'
import { closing, foreignReply, renderReply, reply, replyTo } from '../../../../lib/smtp/reply.ts'

test('qmail shows the status of a refusal behind the words, and of a success not at all', () => {
  equal(renderReply(reply(553, '5.7.1', 'no'), 'qmail'), '553 no (#5.7.1)\r\n')
  equal(renderReply(reply(250, '2.0.0', 'ok'), 'qmail'), '250 ok\r\n')
})

test('modern shows the status in front of every line that has one', () => {
  equal(renderReply(reply(553, '5.7.1', 'no', 'never'), 'modern'), '553-5.7.1 no\r\n553 5.7.1 never\r\n')
  equal(renderReply(reply(354, undefined, 'go ahead'), 'modern'), '354 go ahead\r\n')
})

test('a failure becomes the code of its class', () => {
  const codes = { later: 451, never: 554 }
  equal(renderReply(replyTo(temporary('3.0', 'disk full'), codes), 'qmail'), '451 disk full (#4.3.0)\r\n')
  equal(renderReply(replyTo(permanent('1.3', 'too long'), codes), 'modern'), '554 5.1.3 too long\r\n')
})

const later = reply(451, '4.7.1', 'not now')

test('no words leave the reply as it is', () => {
  equal(foreignReply('', later), later)
  equal(foreignReply('\r\n\n', later), later)
})

test('words stand behind the code, in qmail as they are, in modern with a status unless they bring one', () => {
  equal(renderReply(foreignReply('come back', later), 'qmail'), '451 come back\r\n')
  equal(renderReply(foreignReply('come back', later), 'modern'), '451 4.7.1 come back\r\n')
  equal(renderReply(foreignReply('4.2.2 full', later), 'modern'), '451 4.2.2 full\r\n')
})

test('a code of the same class replaces the whole reply; another class is only text', () => {
  equal(renderReply(foreignReply('450 4.2.1 greylisted', later), 'modern'), '450 4.2.1 greylisted\r\n')
  equal(renderReply(foreignReply('550 no', later), 'modern'), '451 4.7.1 550 no\r\n')
  equal(renderReply(foreignReply('450', later), 'qmail'), '450 \r\n')
})

test('421 closes the connection', () => {
  equal(foreignReply('421 go away', later).ends, 'broken')
  equal(foreignReply('450 wait', later).ends, undefined)
  deepEqual(closing(later, 'done').ends, 'done')
})

test('several lines are a multi-line reply, and bytes that are not printable become question marks', () => {
  equal(renderReply(foreignReply('450-a\r\n450 b\x07é\0c', later), 'qmail'), '450-a\r\n450 b???c\r\n')
})

test('a thousand bytes are taken over, and no line is longer than a reply may be', () => {
  const text = renderReply(foreignReply('x'.repeat(5000), later), 'qmail')
  equal(text.length <= 512, true)
  const many = renderReply(foreignReply('xyz\n'.repeat(5000), later), 'qmail')
  equal(many.split('\r\n').length - 1, 250)
})
