/** The contract of qmail-remote with a scripted server, over the core and over the program. Profile qmail. */
import { deepEqual, equal } from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { type FarEnd, startFarEnd } from '../../helpers/far-end.ts'
import type { Script } from '../../helpers/far-end-script.ts'
import { type Delivery, type Form, forms, makeRemoteHome, runRemote } from '../../helpers/remote.ts'

interface Case {
  readonly id: string
  readonly script?: Script
  readonly delivery?: Delivery
  readonly control?: Readonly<Record<string, string>>
  readonly expected: string
  /** What else must hold at the far end. */
  readonly also?: (farEnd: FarEnd) => void
}

const IP = '127.0.0.1'
const accepted = `K${IP} accepted message.\nRemote host said: 250 ok queued\n\0`
const died = `ZConnected to ${IP} but connection died. `
const two: Delivery = { recipients: ['a@h.example', '550b@h.example'] }

function commands(farEnd: FarEnd): readonly string[] {
  return farEnd.connections.flatMap((connection) => connection.commands)
}

function wire(farEnd: FarEnd): string {
  return farEnd.messages.map((message) => message.wire.toString('latin1')).join('')
}

const cases: readonly Case[] = [
  {
    id: 'one recipient: HELO, no parameters, one command at a time, QUIT',
    expected: `r\0${accepted}`,
    also: (farEnd) =>
      deepEqual(commands(farEnd), [
        'HELO mx.example.org',
        'MAIL FROM:<s@d.example>',
        'RCPT TO:<r@h.example>',
        'DATA',
        'QUIT',
      ]),
  },
  {
    id: 'J2 two recipients, the second refused in two lines',
    delivery: two,
    script: { replies: { RCPT: ['250 ok', '550-no\n550 such user'] } },
    expected: `r\0h${IP} does not like recipient.\nRemote host said: 550-no\n550 such user\n\0${accepted}`,
  },
  {
    id: 'J3 all recipients refused for now: no DATA, but QUIT',
    delivery: two,
    script: { replies: { RCPT: '450 later' } },
    expected:
      `s${IP} does not like recipient.\nRemote host said: 450 later\n\0`.repeat(2) +
      `DGiving up on ${IP}.\n\0`,
    also: (farEnd) => deepEqual(commands(farEnd).slice(-2), ['RCPT TO:<550b@h.example>', 'QUIT']),
  },
  ...['554 no', '421 busy', '250 strange'].map((greeting) => ({
    id: `J4 greeting ${greeting}`,
    script: { greeting },
    expected: `ZConnected to ${IP} but greeting failed.\nRemote host said: ${greeting}\n\0`,
    also: (farEnd: FarEnd) => deepEqual(commands(farEnd), ['QUIT']),
  })),
  {
    id: 'HELO refused',
    script: { replies: { HELO: '550 who' } },
    expected: `ZConnected to ${IP} but my name was rejected.\nRemote host said: 550 who\n\0`,
  },
  ...(['D550 no', 'Z450 wait'] as const).map((reply) => ({
    id: `J6 MAIL answered ${reply.slice(1)}`,
    script: { replies: { MAIL: reply.slice(1) } },
    expected: `${reply[0]}Connected to ${IP} but sender was rejected.\nRemote host said: ${reply.slice(1)}\n\0`,
  })),
  {
    id: 'J6 MAIL answered 354 counts as accepted',
    script: { replies: { MAIL: '354 hm' } },
    expected: `r\0${accepted}`,
  },
  ...(['D554 no', 'Z451 wait'] as const).map((reply) => ({
    id: `J7 DATA answered ${reply.slice(1)}`,
    script: { replies: { DATA: reply.slice(1) } },
    expected: `r\0${reply[0]}${IP} failed on DATA command.\nRemote host said: ${reply.slice(1)}\n\0`,
  })),
  ...(['D554-a\n554 b', 'Z451 wait'] as const).map((reply) => ({
    id: `J8 the message answered ${JSON.stringify(reply.slice(1))}`,
    script: { replies: { '.': reply.slice(1) } },
    expected: `r\0${reply[0]}${IP} failed after I sent the message.\nRemote host said: ${reply.slice(1)}\n\0`,
  })),
  ...(['greeting', 'HELO', 'MAIL', 'RCPT', 'DATA'] as const).map((verb) => ({
    id: `closed instead of an answer: ${verb}`,
    script:
      verb === 'greeting'
        ? ({ greeting: { do: 'close' } } as const)
        : ({ replies: { [verb]: { do: 'close' } } } as Script),
    expected: `${verb === 'DATA' ? 'r\0' : ''}${died}(#4.4.2)\n\0`,
  })),
  ...(['close', 'reset'] as const).map((way) => ({
    id: `J10 ${way} after the dot`,
    script: { replies: { '.': { do: way } } },
    expected: `r\0${died}Possible duplicate! (#4.4.2)\n\0`,
  })),
  {
    id: 'J11 line ends and dots',
    delivery: { message: '.\n..\n.x\nfoo\r\nbar\rbaz\n' },
    expected: `r\0${accepted}`,
    also: (farEnd) => equal(wire(farEnd), '..\r\n...\r\n..x\r\nfoo\r\nbar\r\nbaz\r\n.\r\n'),
  },
  {
    id: 'J12 a dot after a bare CR is stuffed',
    delivery: { message: 'A\r.\nB\n' },
    expected: `r\0${accepted}`,
    also: (farEnd) => equal(wire(farEnd), 'A\r\n..\r\nB\r\n.\r\n'),
  },
  {
    id: 'J14 no final newline: no dot, no QUIT',
    delivery: { message: 'partial' },
    expected: 'r\0DSMTP cannot transfer messages with partial final lines. (#5.6.2)\n\0',
    also: (farEnd) => {
      deepEqual(farEnd.messages, [])
      equal(commands(farEnd).at(-1), 'DATA')
    },
  },
  {
    id: 'J15 a message that ends in CR',
    delivery: { message: 'a\r' },
    expected: `r\0${accepted}`,
    also: (farEnd) => equal(wire(farEnd), 'a\r\n.\r\n'),
  },
  {
    id: 'J15 an empty message',
    delivery: { message: '' },
    expected: `r\0${accepted}`,
    also: (farEnd) => equal(wire(farEnd), '.\r\n'),
  },
  {
    id: 'J16 quoting',
    delivery: { sender: 'a b@d', recipients: ['x"y@h.example', 'nodomain', '', '.a.@b'] },
    expected: `${'r\0'.repeat(4)}${accepted}`,
    also: (farEnd) =>
      deepEqual(commands(farEnd).slice(1, 6), [
        'MAIL FROM:<"a b"@d>',
        'RCPT TO:<"x\\"y"@h.example>',
        'RCPT TO:<nodomain>',
        'RCPT TO:<>',
        'RCPT TO:<".a."@b>',
      ]),
  },
  {
    id: 'a bounce has the empty sender',
    delivery: { sender: '' },
    expected: `r\0${accepted}`,
    also: (farEnd) => equal(commands(farEnd)[1], 'MAIL FROM:<>'),
  },
  {
    id: 'J20 NUL and 8 bits in a reply',
    script: { replies: { '.': { bytes: Buffer.from('554 a\0b\xe9\r\n', 'latin1') } } },
    expected: `r\0D${IP} failed after I sent the message.\nRemote host said: 554 a?b\xe9\n\0`,
  },
  {
    id: 'a reply of 9000 bytes is cut at 5000',
    script: { replies: { '.': `554 ${'x'.repeat(9000)}` } },
    expected: `r\0D${IP} failed after I sent the message.\nRemote host said: 554 ${'x'.repeat(4996)}\0`,
  },
  {
    id: 'J22 an answer that is no code is not taken for a yes',
    script: { replies: { MAIL: { bytes: Buffer.from('2\r\n250 ok\r\n') } } },
    expected: `DConnected to ${IP} but sender was rejected.\nRemote host said: 2\n250 ok\n\0`,
  },
  {
    id: 'replies byte by byte',
    script: {
      greeting: { bytes: Buffer.from('220-a\r\n220 b\r\n'), pieceBytes: 1 },
      replies: { '.': { bytes: Buffer.from('250 ok queued\r\n'), pieceBytes: 1 } },
    },
    expected: `r\0${accepted}`,
  },
  {
    id: 'helohost wins over me',
    control: { helohost: 'helo.example \n' },
    expected: `r\0${accepted}`,
    also: (farEnd) => equal(commands(farEnd)[0], 'HELO helo.example'),
  },
  {
    id: 'a server that offers everything is still spoken to as before',
    script: { keywords: ['PIPELINING', 'SIZE 1', '8BITMIME', 'STARTTLS'] },
    delivery: { message: '\xe9\n' },
    expected: `r\0${accepted}`,
    also: (farEnd) => equal(wire(farEnd), '\xe9\r\n.\r\n'),
  },
]

for (const [name, form] of forms) {
  for (const { id, script, delivery = {}, control = {}, expected, also } of cases) {
    test(`${id} (${name})`, async () => {
      await using farEnd = await startFarEnd(script)
      using home = makeRemoteHome({ smtproutes: `:127.0.0.1:${farEnd.port}\n`, ...control })
      equal(await form(home, delivery), expected)
      await Promise.all(farEnd.connections.map((connection) => connection.ended))
      also?.(farEnd)
    })
  }

  test(`J18 routes by suffix (${name})`, async () => {
    await using a = await startFarEnd()
    await using b = await startFarEnd()
    using home = makeRemoteHome({ smtproutes: `.h.example:127.0.0.1:${a.port}\n:[127.0.0.1]:${b.port}\n` })
    await form(home, { host: 'a.b.H.example' })
    deepEqual([a.messages.length, b.messages.length], [1, 0])
    await form(home, { host: 'h.example' })
    deepEqual([a.messages.length, b.messages.length], [1, 1])
  })

  test(`J19 a refused connection leaves tcpto as it was (${name})`, async () => {
    const farEnd = await startFarEnd()
    await farEnd.close()
    using home = makeRemoteHome({ smtproutes: `:127.0.0.1:${farEnd.port}\n` })
    equal(await form(home, {}), "ZSorry, I wasn't able to establish an SMTP connection. (#4.4.1)\n\0")
    deepEqual(readFileSync(`${home.home}/queue/lock/tcpto`), Buffer.alloc(1024))
  })

  test(`J23, J24 tcpto keeps remote from a host, for a time (${name})`, async () => {
    const record = (count: number, secondsAgo: number) => {
      const bytes = Buffer.alloc(1024)
      bytes.set([127, 0, 0, 1, count], 16)
      bytes.writeUInt32LE(Math.floor(Date.now() / 1000) - secondsAgo, 24)
      return bytes
    }
    await using farEnd = await startFarEnd()
    using home = makeRemoteHome({ smtproutes: `:127.0.0.1:${farEnd.port}\n` })
    const path = `${home.home}/queue/lock/tcpto`
    for (const secondsAgo of [0, 3000]) {
      writeFileSync(path, record(2, secondsAgo))
      equal(await form(home, {}), "ZSorry, I wasn't able to establish an SMTP connection. (#4.4.1)\n\0")
    }
    equal(farEnd.connections.length, 0)
    for (const [count, secondsAgo] of [
      [2, 8000],
      [1, 10],
    ] as const) {
      const before = record(count, secondsAgo)
      writeFileSync(path, before)
      equal(await form(home, {}), `r\0${accepted}`)
      before[16 + 4] = 0
      deepEqual(readFileSync(path), before)
    }
  })

  test(`J28 without helohost and me, or with an unreadable file, nothing is tried (${name})`, async () => {
    await using farEnd = await startFarEnd()
    const noControls = 'ZUnable to read control files. (#4.3.0)\n\0'
    const smtproutes = `:127.0.0.1:${farEnd.port}\n`
    using without = makeRemoteHome({ me: undefined, smtproutes })
    equal(await form(without, {}), noControls)
    using strange = makeRemoteHome({ profile: 'sendmail\n', smtproutes })
    equal(await form(strange, {}), noControls)
    equal(farEnd.connections.length, 0)
  })

  test(`a server that stalls is given up in time (${name})`, async () => {
    await stalls(form)
  })
}

async function stalls(form: Form): Promise<void> {
  const expectations: readonly (readonly [Script, string])[] = [
    [{ greeting: { do: 'stall' } }, `${died}(#4.4.2)\n\0`],
    [{ replies: { '.': { do: 'stall' } } }, `r\0${died}Possible duplicate! (#4.4.2)\n\0`],
  ]
  await Promise.all(
    expectations.map(async ([script, expected]) => {
      await using farEnd = await startFarEnd(script)
      using home = makeRemoteHome({ smtproutes: `:127.0.0.1:${farEnd.port}\n`, timeoutremote: '1\n' })
      equal(await form(home, {}), expected)
    }),
  )
}

test('too few arguments', async () => {
  using home = makeRemoteHome()
  for (const argv of [[], ['host'], ['host', 'sender']]) {
    deepEqual(await runRemote(home, argv), {
      output: 'DI (qmail-remote) was invoked improperly. (#5.3.5)\n\0',
      code: 0,
    })
  }
})

test('a home that is not there', async () => {
  using home = makeRemoteHome()
  const gone = { ...home, home: `${home.home}/gone` }
  deepEqual(await runRemote(gone, ['h.example', 's@d', 'r@h.example']), {
    output: 'ZUnable to switch to home directory. (#4.3.0)\n\0',
    code: 0,
  })
})
