import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { FreshMessages } from '../../../../lib/queue/fresh.ts'

const facts = { sender: 's@d', birthSeconds: 7 }
const taken = { records: [{ offset: 0, isDone: false, recipient: 'a@b' }], changed: '5' }

test('recipients of a channel are given out once', () => {
  const fresh = new FreshMessages()
  fresh.remember('1', facts, new Map([['local', taken]]))
  equal(fresh.takeRecipients('1', 'remote'), undefined)
  deepEqual(fresh.takeRecipients('1', 'local'), taken)
  equal(fresh.takeRecipients('1', 'local'), undefined)
  deepEqual(fresh.facts('1'), facts)
})

test('a number that is used again has only the new facts', () => {
  const fresh = new FreshMessages()
  fresh.remember('1', facts, new Map([['local', taken]]))
  fresh.remember('1', { sender: 'new@d', birthSeconds: 8 }, new Map())
  equal(fresh.takeRecipients('1', 'local'), undefined)
  equal(fresh.facts('1')?.sender, 'new@d')
  fresh.forget('1')
  equal(fresh.facts('1'), undefined)
})

test('past its budget the oldest are forgotten', () => {
  const fresh = new FreshMessages()
  const sender = 'x'.repeat(1000)
  for (let number = 0; number < 2000; number++) {
    fresh.remember(String(number), { sender, birthSeconds: 7 }, new Map())
  }
  equal(fresh.facts('0'), undefined)
  equal(fresh.facts('1999')?.sender, sender)
  const known = Array.from({ length: 2000 }, (_, number) => fresh.facts(String(number))).filter(Boolean)
  equal(known.length, Math.floor((1 << 20) / 1400))
})
