import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Profile } from '../../../../lib/control/registry.ts'
import type { Outcome, Transaction } from '../../../../lib/smtp/client-outcome.ts'
import { PIPELINE_COMMANDS } from '../../../../lib/smtp/client-envelope.ts'
import { ClientSession, type Effect } from '../../../../lib/smtp/client.ts'

type Ended = Extract<Effect, { is: 'outcome' }>

/** A session driven by hand: what the server says goes in, what was written is collected. */
class Talk {
  readonly session: ClientSession
  written = ''
  ready = 0
  isDataWanted = false
  outcomes: Ended[] = []

  constructor(profile: Profile) {
    this.session = new ClientSession({ profile, helo: 'me.example' })
  }

  hears(text: string): this {
    return this.apply(this.session.receive(Buffer.from(text, 'latin1')))
  }

  apply(effects: readonly Effect[]): this {
    for (const effect of effects) {
      if (effect.is === 'write') this.written += effect.bytes
      else if (effect.is === 'ready') this.ready += 1
      else if (effect.is === 'data') this.isDataWanted = true
      else this.outcomes.push(effect)
    }
    return this
  }

  begin(transaction: Partial<Transaction> = {}): this {
    return this.apply(this.session.begin({ sender: 'a@b', recipients: ['c@d'], ...transaction }))
  }

  sends(message: string): this {
    this.isDataWanted = false
    this.written += this.session.encode(Buffer.from(message, 'latin1')).toString('latin1')
    const { bytes, effects } = this.session.endData()
    this.written += bytes?.toString('latin1') ?? ''
    return this.apply(effects)
  }

  /** What was written since the last time. */
  wrote(): string {
    const { written } = this
    this.written = ''
    return written
  }

  get outcome(): Outcome | undefined {
    return this.outcomes.at(-1)?.outcome
  }
}

/** Greeted and ready. */
function greeted(profile: Profile, keywords: readonly string[] = []): Talk {
  const talk = new Talk(profile).hears('220 far.example\r\n')
  const lines = ['far.example', ...keywords]
  const reply = lines.map((line, i) => `250${i === lines.length - 1 ? ' ' : '-'}${line}\r\n`).join('')
  talk.hears(reply).wrote()
  assert.equal(talk.ready, 1)
  return talk
}

const ok = '250 ok\r\n'
const accepted = { is: 'accepted', reply: { code: 250, text: '250 ok\n' } } as const

test('profile qmail says HELO and waits for each answer', () => {
  const talk = new Talk('qmail').hears('220-far\r\n220 ready\r\n')
  assert.equal(talk.wrote(), 'HELO me.example\r\n')
  assert.equal(talk.hears('250-PIPELINING\r\n250 SIZE\r\n').ready, 1)
  assert.equal(
    talk.begin({ recipients: ['c@d', 'e@f'], sizeBytes: 10, is8bit: true }).wrote(),
    'MAIL FROM:<a@b>\r\n',
  )
  assert.equal(talk.hears(ok).wrote(), 'RCPT TO:<c@d>\r\n')
  assert.equal(talk.hears(ok).wrote(), 'RCPT TO:<e@f>\r\n')
  assert.equal(talk.hears('550 no\r\n').wrote(), 'DATA\r\n')
  talk.hears('354 go\r\n')
  assert.equal(talk.isDataWanted, true)
  assert.equal(talk.sends('hi\n.\n').wrote(), 'hi\r\n..\r\n.\r\n')
  talk.hears('250 queued\r\n')
  assert.deepEqual(talk.outcomes, [
    {
      is: 'outcome',
      next: 'reuse',
      outcome: {
        recipients: [accepted, { is: 'refused', retry: 'never', reply: { code: 550, text: '550 no\n' } }],
        message: { is: 'accepted', reply: { code: 250, text: '250 queued\n' } },
      },
    },
  ])
  assert.deepEqual(talk.apply(talk.session.quit()).wrote(), 'QUIT\r\n')
})

test('profile modern says EHLO, and HELO to a server that does not know it', () => {
  const talk = new Talk('modern').hears('220 far\r\n')
  assert.equal(talk.wrote(), 'EHLO me.example\r\n')
  assert.equal(talk.hears('502 what\r\n').wrote(), 'HELO me.example\r\n')
  assert.equal(talk.hears(ok).ready, 1)
  assert.equal(talk.session.offers.size, 0)
  const deaf = new Talk('modern').hears('220 far\r\n').hears('500 what\r\n').hears('550 no\r\n')
  assert.deepEqual(deaf.outcome?.message, {
    is: 'refused',
    at: 'helo',
    retry: 'later',
    reply: { code: 550, text: '550 no\n' },
  })
})

test('a greeting or name that is not accepted is trouble for now, and QUIT may be said', () => {
  for (const profile of ['qmail', 'modern'] as const) {
    const talk = new Talk(profile).hears('554 no\r\n')
    assert.deepEqual(talk.outcomes[0], {
      is: 'outcome',
      next: 'quit',
      outcome: {
        recipients: [],
        message: {
          is: 'refused',
          at: 'greeting',
          retry: 'later',
          reply: { code: 554, text: '554 no\n' },
        },
      },
    })
    assert.equal(talk.wrote(), '')
    const name = new Talk(profile).hears('220 far\r\n').hears('450 wait\r\n')
    assert.equal(name.outcome?.message.is === 'refused' && name.outcome.message.at, 'helo')
  }
})

test('SIZE and BODY are said where offered and known', () => {
  const mail = (keywords: string[], transaction: Partial<Transaction>) =>
    greeted('modern', keywords).begin(transaction).wrote()
  const both = ['SIZE 1000', '8BITMIME']
  assert.equal(mail(both, { sizeBytes: 7, is8bit: true }), 'MAIL FROM:<a@b> SIZE=7 BODY=8BITMIME\r\n')
  assert.equal(mail(both, { sizeBytes: 7, is8bit: false }), 'MAIL FROM:<a@b> SIZE=7\r\n')
  assert.equal(mail(both, {}), 'MAIL FROM:<a@b>\r\n')
  assert.equal(mail([], { sizeBytes: 7, is8bit: true }), 'MAIL FROM:<a@b>\r\n')
})

test('J16: addresses are quoted', () => {
  const talk = greeted('modern', ['PIPELINING'])
  talk.begin({ sender: 'a b@d', recipients: ['x"y@h.example', 'nodomain', '', '.a.@b', 'm\xe9@h'] })
  assert.equal(
    talk.wrote(),
    'MAIL FROM:<"a b"@d>\r\nRCPT TO:<"x\\"y"@h.example>\r\nRCPT TO:<nodomain>\r\nRCPT TO:<>\r\nRCPT TO:<".a."@b>\r\n' +
      'RCPT TO:<"m\xe9"@h>\r\nDATA\r\n',
  )
})

test('with PIPELINING the envelope goes in one write, and answers find their commands', () => {
  const talk = greeted('modern', ['PIPELINING']).begin({ recipients: ['c@d', 'e@f', 'g@h'] })
  assert.equal(talk.wrote(), 'MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\nRCPT TO:<g@h>\r\nDATA\r\n')
  talk.hears(`${ok}450 later\r\n${ok}550 no\r\n354 go\r\n`)
  assert.equal(talk.sends('x').wrote(), 'x\r\n.\r\n')
  talk.hears(ok)
  assert.deepEqual(
    talk.outcome?.recipients.map((result) => (result.is === 'refused' ? result.retry : result.is)),
    ['later', 'accepted', 'never'],
  )
})

test('many recipients go in windows, and none is lost', () => {
  const recipients = Array.from({ length: PIPELINE_COMMANDS * 3 + 7 }, (_, i) => `u${i}@d`)
  const talk = greeted('modern', ['PIPELINING']).begin({ recipients })
  let inFlight = talk.wrote().match(/\r\n/g)?.length ?? 0
  let commands = inFlight
  let largest = inFlight
  while (inFlight > 0) {
    talk.hears(commands === recipients.length + 2 && inFlight === 1 ? '354 go\r\n' : ok)
    const more = talk.wrote().match(/\r\n/g)?.length ?? 0
    commands += more
    inFlight += more - 1
    largest = Math.max(largest, inFlight)
  }
  assert.equal(commands, recipients.length + 2)
  assert.equal(largest, PIPELINE_COMMANDS)
  assert.equal(talk.isDataWanted, true)
  talk.sends('').hears(ok)
  assert.equal(talk.outcome?.recipients.length, recipients.length)
})

test('a sender refused in a pipelined group is the outcome, when the group has its answers', () => {
  const talk = greeted('modern', ['PIPELINING']).begin()
  talk.hears('550 go away\r\n')
  assert.equal(talk.outcomes.length, 0)
  talk.hears('503 no sender\r\n503 no sender\r\n')
  assert.deepEqual(talk.outcomes[0]?.next, 'reuse')
  assert.deepEqual(talk.outcome, {
    recipients: [],
    message: {
      is: 'refused',
      at: 'mail',
      retry: 'never',
      reply: { code: 550, text: '550 go away\n' },
    },
  })
})

test('a server that wants a message for nobody gets an empty one', () => {
  const talk = greeted('modern', ['PIPELINING']).begin()
  talk.wrote()
  talk.hears(`${ok}550 no\r\n354 go\r\n`)
  assert.equal(talk.wrote(), '.\r\n')
  assert.equal(talk.isDataWanted, false)
  talk.hears('250 thanks for nothing\r\n')
  assert.deepEqual(talk.outcome?.message, { is: 'noRecipient' })
  assert.equal(talk.session.isReady, true)
})

test('J3: when all recipients are refused DATA is not said', () => {
  for (const profile of ['qmail', 'modern'] as const) {
    const talk = greeted(profile).begin({ recipients: ['c@d', 'e@f'] })
    talk.hears(`${ok}450 later\r\n450 later\r\n`)
    assert.equal(talk.wrote(), 'MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\n')
    assert.deepEqual(talk.outcome?.message, { is: 'noRecipient' })
    assert.equal(talk.outcome?.recipients.length, 2)
  }
})

test('a code of another class than the step wants is a yes for qmail and trouble for now in modern', () => {
  const qmail = greeted('qmail').begin().hears('354 sure\r\n').hears('354 sure\r\n').hears('250 sure\r\n')
  assert.equal(qmail.isDataWanted, true)
  const modern = greeted('modern').begin().hears('354 sure\r\n')
  assert.equal(modern.outcome?.message.is === 'refused' && modern.outcome.message.retry, 'later')
  const data = greeted('modern').begin().hears(ok).hears(ok).hears('250 sure\r\n')
  assert.deepEqual(data.isDataWanted, false)
  assert.equal(data.outcome?.message.is === 'refused' && data.outcome.message.at, 'data')
})

test('J22: what is no code is never a yes', () => {
  const garbage = (profile: Profile) => greeted(profile).begin().hears('2\r\n250 ok\r\n').outcome?.message
  const reply = { code: undefined, text: '2\n250 ok\n' }
  assert.deepEqual(garbage('qmail'), { is: 'refused', at: 'mail', retry: 'never', reply })
  assert.deepEqual(garbage('modern'), { is: 'refused', at: 'mail', retry: 'later', reply })
})

test('J14: profile qmail does not end a message without a final newline', () => {
  const talk = greeted('qmail').begin().hears(ok).hears(ok).hears('354 go\r\n')
  talk.wrote()
  assert.equal(talk.sends('partial').wrote(), 'partial')
  assert.deepEqual(talk.outcomes[0], {
    is: 'outcome',
    next: 'close',
    outcome: { recipients: [accepted], message: { is: 'partialLine' } },
  })
})

test('a connection lost before the final dot is trouble, after it a possible duplicate', () => {
  const death = (talk: Talk) => talk.apply(talk.session.lost()).outcome?.message
  const died = (isPossibleDuplicate: boolean) => ({ is: 'died', isPossibleDuplicate })
  for (const profile of ['qmail', 'modern'] as const) {
    assert.deepEqual(death(new Talk(profile)), died(false))
    assert.deepEqual(death(greeted(profile).begin()), died(false))
    const inData = () => greeted(profile).begin().hears(ok).hears(ok).hears('354 go\r\n')
    assert.deepEqual(death(inData()), died(false))
    const talk = inData().sends('hi\n')
    assert.deepEqual(death(talk), died(true))
    assert.deepEqual(talk.outcome?.recipients, [accepted])
    assert.deepEqual(talk.session.lost(), [])
  }
})

test('recipients that have their answer keep it when the connection is lost', () => {
  const talk = greeted('qmail')
    .begin({ recipients: ['c@d', 'e@f'] })
    .hears(ok)
    .hears(ok)
  talk.apply(talk.session.lost())
  assert.deepEqual(talk.outcome?.recipients, [accepted])
})

test('a reply out of all bounds ends the session', () => {
  const talk = greeted('modern')
    .begin()
    .hears(`250-${'x'.repeat(70_000)}`)
  assert.deepEqual(talk.outcome?.message, { is: 'died', isPossibleDuplicate: false })
  assert.equal(talk.outcomes[0]?.next, 'close')
})

test('a refusal in the middle of the message ends it in modern, and is the final answer in qmail', () => {
  const refused = {
    is: 'refused',
    at: 'final',
    retry: 'never',
    reply: { code: 552, text: '552 too big\n' },
  }
  const inData = (profile: Profile) =>
    greeted(profile).begin().hears(ok).hears(ok).hears('354 go\r\n').hears('552 too big\r\n')
  const modern = inData('modern')
  assert.deepEqual(modern.outcome?.message, refused)
  assert.equal(modern.outcomes[0]?.next, 'close')
  modern.wrote()
  assert.equal(modern.sends('more\n').wrote(), '')
  const qmail = inData('qmail')
  assert.equal(qmail.outcomes.length, 0)
  qmail.wrote()
  assert.equal(qmail.sends('more\n').wrote(), 'more\r\n.\r\n')
  assert.deepEqual(qmail.outcome?.message, refused)
})

test('a yes in the middle of the message is not the answer to it', () => {
  for (const profile of ['qmail', 'modern'] as const) {
    const talk = greeted(profile).begin().hears(ok).hears(ok).hears('354 go\r\n').hears(ok).sends('hi\n')
    assert.equal(talk.outcomes.length, 0)
    talk.hears('451 disk full\r\n')
    assert.equal(talk.outcome?.message.is === 'refused' && talk.outcome.message.retry, 'later')
  }
})

test('another transaction begins with RSET, in the same group where the server pipelines', () => {
  const talk = greeted('modern', ['PIPELINING']).begin()
  talk.hears(`${ok}${ok}354 go\r\n`).sends('one\n').hears(ok)
  talk.wrote()
  assert.equal(
    talk.begin({ recipients: ['e@f'] }).wrote(),
    'RSET\r\nMAIL FROM:<a@b>\r\nRCPT TO:<e@f>\r\nDATA\r\n',
  )
  talk.hears(`${ok}${ok}${ok}354 go\r\n`).sends('two\n').hears('250 second\r\n')
  assert.deepEqual(talk.outcome?.message, {
    is: 'accepted',
    reply: { code: 250, text: '250 second\n' },
  })
  const slow = greeted('modern').begin().hears('550 no\r\n')
  slow.wrote()
  assert.equal(slow.begin().wrote(), 'RSET\r\n')
  assert.equal(slow.hears('500 what\r\n').outcome?.message.is, 'died')
})

test('after 421 there is no other transaction', () => {
  const talk = greeted('modern').begin().hears('421 closing\r\n')
  assert.equal(talk.outcomes[0]?.next, 'quit')
  assert.equal(talk.session.isReady, false)
  const idle = greeted('modern').hears('421 idle too long\r\n')
  assert.equal(idle.session.isReady, false)
  assert.deepEqual(idle.outcomes, [])
})

test('an address with a line end or a NUL never reaches the wire', () => {
  const talk = greeted('qmail').begin({ recipients: ['a\nb@c', 'd@e', 'f@g\r\nDATA', 'h\0@i'] })
  talk.hears(ok).hears(ok)
  assert.equal(talk.wrote(), 'MAIL FROM:<a@b>\r\nRCPT TO:<d@e>\r\nDATA\r\n')
  talk.hears('354 go\r\n').sends('').hears(ok)
  assert.deepEqual(
    talk.outcome?.recipients.map(({ is }) => is),
    ['unsendable', 'accepted', 'unsendable', 'unsendable'],
  )
  const none = greeted('modern')
    .begin({ recipients: ['a\r@b'] })
    .hears(ok)
  assert.deepEqual(none.outcome, { recipients: [{ is: 'unsendable' }], message: { is: 'noRecipient' } })
  const sender = greeted('modern').begin({ sender: 'a\r\nRSET\r\n@b' })
  assert.equal(sender.wrote(), '')
  assert.deepEqual(sender.outcome?.message, { is: 'unsendable' })
  assert.equal(sender.session.isReady, true)
})

test('whatever a server says, in any pieces, there is at most one outcome and no exception', () => {
  const said = fc.constantFrom(
    ok,
    '220 hi\r\n',
    '354 go\r\n',
    '450 a\r\n',
    '550-a\r\n550 b\r\n',
    '421 bye\r\n',
    'garbage\r\n',
    '250-PIPELINING\r\n250 SIZE\r\n',
    '\r\n',
    '\0',
    '2',
  )
  const profiles = fc.constantFrom('qmail' as const, 'modern' as const)
  fc.assert(
    fc.property(profiles, fc.array(said, { maxLength: 14 }), fc.boolean(), (profile, replies, together) => {
      const talk = new Talk(profile)
      for (const text of together ? [replies.join('')] : replies) {
        talk.hears(text)
        if (talk.ready === 1) {
          talk.ready = 2
          if (talk.session.isReady) talk.begin({ recipients: ['c@d', 'e@f'] })
        }
        if (talk.isDataWanted) talk.sends('hello\n')
      }
      talk.apply(talk.session.lost())
      assert.ok(talk.outcomes.length <= 1)
    }),
    { numRuns: 3000 },
  )
})
