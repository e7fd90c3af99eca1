import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fixture, local, remote, startSend } from '../../../helpers/send-fixture.ts'

const base = 'u0\0p4242\0Fjoe@local.example\0'

describe('the log of a message', () => {
  test('D1: the first line is the status', async (context) => {
    const { run } = await fixture(context)
    deepEqual(run.lines, ['status: local 0/10 remote 0/20'])
  })

  test('D2: without recipients it ends at once', async (context) => {
    const { home, run } = await fixture(context)
    const number = run.inject(base)
    await run.untilEnd(number)
    deepEqual(run.of(number), [
      `new msg ${number}`,
      `info msg ${number}: bytes 17 from <joe@local.example> qp 4242 uid 0`,
      `end msg ${number}`,
    ])
    await run.terminate()
    deepEqual(home.files(), [])
  })

  test('D3: one local recipient', async (context) => {
    const { home, run } = await fixture(context, { local })
    const number = run.inject(`${base}Tjoe@local.example\0`)
    deepEqual(await run.untilEnd(number), [
      'status: local 0/10 remote 0/20',
      `new msg ${number}`,
      `info msg ${number}: bytes 17 from <joe@local.example> qp 4242 uid 0`,
      `starting delivery 1: msg ${number} to local joe@local.example`,
      'status: local 1/10 remote 0/20',
      'delivery 1: success: did_1+0+0/',
      'status: local 0/10 remote 0/20',
      `end msg ${number}`,
    ])
    await run.terminate()
    deepEqual(home.files(), [])
  })

  test('D5, D6: what a remote host refuses for good fails, what it defers stays', async (context) => {
    const { run } = await fixture(context, { remote })
    const number = run.inject(`${base}T550abc@remote.example\0T451x@remote.example\0`)
    await run.untilLine('delivery 1')
    const said = '127.0.0.1_does_not_like_recipient./Remote_host_said:_'
    deepEqual(run.of(number).slice(2), [
      `starting delivery 1: msg ${number} to remote 550abc@remote.example`,
      `starting delivery 2: msg ${number} to remote 451x@remote.example`,
      `delivery 2: deferral: ${said}451-first_line/451_rejected_by_rule/Giving_up_on_127.0.0.1./`,
      `delivery 1: failure: ${said}550-first_line/550_rejected_by_rule/Giving_up_on_127.0.0.1./`,
    ])
  })

  test('D17 to D19, D21: what is unsafe in a log is _ there and untouched on the wire', async (context) => {
    const { run } = await fixture(context, { controls: { percenthack: 'pct.example\n' }, local })
    const number = run.inject(
      'Fsend er@local.example\0Tu%a%b@pct.example\0Ta"b c@remote.example\0T@local.example\0',
    )
    await run.untilEnd(number)
    equal(run.lines[2], `info msg ${number}: bytes 17 from <send_er@local.example> qp 0 uid 0`)
    ok(run.lines.some((line) => line.endsWith(`: msg ${number} to remote u_a@b`)))
    deepEqual(
      run.remote.commands.map(({ sender, recipient }) => `${sender} ${recipient}`),
      ['send er@local.example u%a@b', 'send er@local.example a"b c@remote.example'],
    )
    ok(run.lines.some((line) => /^delivery \d+: success: $/.test(line)))
  })

  test('D22: a VERP sender is each recipient’s own on the wire and itself in the log', async (context) => {
    const { run } = await fixture(context)
    const number = run.inject('Fjoe-l-@local.example-@[]\0Tok@remote.example\0')
    await run.untilEnd(number)
    equal(run.remote.commands[0]?.sender, 'joe-l-ok=remote.example@local.example')
    ok(run.lines[2]?.includes('from <joe-l-@local.example-@[]>'))
  })

  test('D23: deliveries start in the order of the envelope, each with its status', async (context) => {
    const { run } = await fixture(context)
    const recipients = ['a', 'b', 'c', 'd', 'e']
    const number = run.inject(base + recipients.map((user) => `T${user}@remote.example\0`).join(''))
    await run.untilEnd(number)
    const starts = run.lines.filter((line) => line.startsWith('starting'))
    deepEqual(
      starts,
      recipients.map(
        (user, i) => `starting delivery ${i + 1}: msg ${number} to remote ${user}@remote.example`,
      ),
    )
    run.lines.forEach((line, i) => {
      if (/^(starting|delivery)/.test(line)) ok(run.lines[i + 1]?.startsWith('status: '), line)
    })
  })

  test('a command names the message by its split directory', async (context) => {
    const { run } = await fixture(context)
    const number = run.inject(`${base}Tjoe@local.example\0`)
    await run.untilEnd(number)
    equal(run.local.commands[0]?.messid, `${Number(number) % 23}/${number}`)
  })

  test('a report with another letter is mangled and the recipient stays', async (context) => {
    const { run } = await fixture(context, { local: () => 'Xwhat\n' })
    const number = run.inject(`${base}Tjoe@local.example\0`)
    await run.untilLine('delivery 1')
    equal(run.of(number).at(-1), 'delivery 1: report mangled, will defer')
  })

  test('a report that nobody waits for is out of range', async (context) => {
    const { run } = await fixture(context)
    run.local.report(3, 'Kdid 1+0+0\n')
    await run.untilLine('warning: internal error: delivery report out of range')
  })
})

describe('channels', () => {
  test('as many deliveries run as the control file says', async (context) => {
    const { run } = await fixture(context, {
      controls: { concurrencyremote: '3\n' },
      remote: () => undefined,
    })
    run.inject(base + 'Tx@remote.example\0'.repeat(10))
    await run.untilLine('status: local 0/10 remote 3/3')
    for (let delivered = 3; delivered < 10; delivered++) {
      const commands = await run.remote.received(delivered)
      run.remote.report(commands[delivered - 3]!.delnum, 'K')
      await run.until((lines) => lines.filter((line) => line.startsWith('starting')).length === delivered + 1)
    }
    ok(!run.lines.some((line) => line.includes('remote 4/')))
    deepEqual(new Set(run.remote.commands.map(({ delnum }) => delnum)), new Set([0, 1, 2]))
  })

  test('never more run than the spawner takes', async (context) => {
    const { run } = await fixture(context, { capacity: 2 })
    deepEqual(run.lines, ['status: local 0/2 remote 0/2'])
  })

  test('a concurrency of 0 holds the channel and only it', async (context) => {
    const { home, run } = await fixture(context, { controls: { concurrencylocal: '0\n' } })
    const held = run.inject(`${base}Tjoe@local.example\0`)
    const sent = run.inject(`${base}Tx@remote.example\0`)
    await run.untilEnd(sent)
    deepEqual(run.local.commands, [])
    await run.terminate()
    ok(home.exists(`local/${Number(held) % 23}/${held}`))
  })

  test('a spawner that does not read holds up its own channel only', async (context) => {
    const { run } = await fixture(context, { controls: { concurrencyremote: '120\n' } })
    run.remote.stall()
    const long = `${'x'.repeat(60_000)}@remote.example`
    run.inject(base + `T${long}\0`.repeat(20))
    await run.untilLine('starting delivery 1')
    const number = run.inject(`${base}Tjoe@local.example\0`)
    await run.untilEnd(number)
    ok(run.lines.filter((line) => line.includes('to remote')).length < 20)
    run.remote.resume()
    await run.until((lines) => lines.filter((line) => line.includes('to remote')).length === 20)
  })

  test('a message of 2,000 recipients and one of one share the channel', async (context) => {
    const { run } = await fixture(context)
    const big = run.inject(base + 'Tx@remote.example\0'.repeat(2000))
    const small = run.inject(`${base}Ty@remote.example\0`)
    await run.untilEnd(big)
    await run.untilEnd(small)
    equal(run.remote.commands.length, 2001)
  })
})

describe('signals', () => {
  test('D30: TERM when idle', async (context) => {
    const { run } = await fixture(context)
    deepEqual(await run.terminate(), ['status: local 0/10 remote 0/20', 'status: exiting'])
  })

  test('D31: TERM lets running deliveries end and takes nothing new', async (context) => {
    const { home, run } = await fixture(context, { local: () => undefined })
    const first = run.inject(`${base}Tjoe@local.example\0`)
    await run.untilLine('starting delivery 1')
    const before = run.lines.length
    run.signal('SIGTERM')
    const second = run.inject(`${base}Tjoe@local.example\0`)
    run.local.report(0, 'Kdone\ndid 0+0+1\n')
    await run.ended
    deepEqual(run.lines.slice(before), [
      'delivery 1: success: done/did_0+0+1/',
      'status: local 0/10 remote 0/20 exitasap',
      `end msg ${first}`,
      'status: exiting',
    ])
    ok(home.exists(`todo/${second}`))
    const next = startSend(context, home)
    await next.untilEnd(second)
  })

  test('D33: without HUP an edit of virtualdomains changes nothing, with it the routing', async (context) => {
    const { home, run } = await fixture(context)
    home.control('virtualdomains', 'new.example:alias-new\n')
    await run.untilEnd(run.inject(`${base}Tx@new.example\0`))
    run.signal('SIGHUP')
    await run.untilEnd(run.inject(`${base}Ty@new.example\0`))
    deepEqual(
      run.remote.commands.map(({ recipient }) => recipient),
      ['x@new.example'],
    )
    deepEqual(
      run.local.commands.map(({ recipient }) => recipient),
      ['alias-new-y@new.example'],
    )
  })

  test('HUP that cannot read says so and keeps the old routing', async (context) => {
    const { home, run } = await fixture(context)
    home.control('virtualdomains', 'x'.repeat(17 * 1024 * 1024))
    run.signal('SIGHUP')
    await run.untilLine('alert: unable to reread control/virtualdomains')
    await run.untilEnd(run.inject(`${base}Tx@virt.example\0`))
    equal(run.local.commands[0]?.recipient, 'alias-virt-x@virt.example')
  })

  test('D34: ALRM tries a deferred message at once, under a new number', async (context) => {
    const { run } = await fixture(context, { remote })
    const number = run.inject(`${base}T451x@remote.example\0`)
    await run.untilLine('delivery 1: deferral')
    run.signal('SIGALRM')
    await run.untilLine(`starting delivery 2: msg ${number} to remote 451x@remote.example`)
  })
})

describe('programs that send cannot do without', () => {
  for (const channel of ['local', 'remote'] as const) {
    test(`the spawner of ${channel} is gone: send ends, and what ran there is tried again`, async (context) => {
      const { home, run } = await fixture(context, { local: () => undefined, remote: () => undefined })
      const domain = channel === 'local' ? 'local.example' : 'remote.example'
      const number = run.inject(`${base}Tjoe@${domain}\0`)
      await run.untilLine('starting delivery 1')
      run[channel].die()
      await run.ended
      deepEqual(run.lines.slice(-2), ['alert: oh no! lost spawn connection! dying...', 'status: exiting'])
      await startSend(context, home).untilEnd(number)
    })
  }

  test('clean is gone: what ends now ends without it, what is in todo waits', async (context) => {
    const { home, run } = await fixture(context, { local: () => undefined })
    const number = run.inject(`${base}Tjoe@local.example\0`)
    await run.local.received(1)
    run.killClean()
    await run.untilLine('alert: oh no! lost qmail-clean connection! dying...')
    const second = run.inject(`${base}Tjoe@local.example\0`)
    run.local.report(0, 'Kdone\n')
    await run.ended
    deepEqual(run.lines.slice(-2), [`end msg ${number}`, 'status: exiting'])
    ok(home.exists(`mess/${Number(number) % 23}/${number}`))
    await startSend(context, home).untilEnd(second)
  })
})
