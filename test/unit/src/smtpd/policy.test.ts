/** Who may send to whom: qmail.md 13.2, cases C6, C9, C10, C13, C37. */
import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { isBadSender, judgeRecipient, withLocalHost } from '../../../../src/smtpd/policy.ts'

const rcpthosts = new Set(['local.example', '.sub.example'])
const is = (address: string, hosts: ReadonlySet<string> | undefined = rcpthosts): string =>
  judgeRecipient(address, { rcpthosts: hosts, here: undefined }).is

test('a domain of rcpthosts, or beneath one with a dot, is allowed', () => {
  equal(is('x@local.example'), 'allowed')
  equal(is('x@LOCAL.Example'), 'allowed')
  equal(is('x@a.sub.example'), 'allowed')
  equal(is('x@a.b.sub.example'), 'allowed')
  equal(is('x@y@local.example'), 'allowed')
})

test('an address without a domain is always allowed', () => {
  equal(is('noatsign'), 'allowed')
  equal(is('', new Set()), 'allowed')
})

test('everything else may still be in morercpthosts, by the domain and each part of it that begins with a dot', () => {
  deepEqual(judgeRecipient('x@A.b.c', { rcpthosts, here: undefined }), {
    is: 'look',
    keys: ['a.b.c', '.b.c', '.c'],
  })
  equal(is('x@sub.example'), 'look')
  equal(is('x@local.example.'), 'look')
  equal(is('x@'), 'look')
})

test('without rcpthosts everything is allowed', () => {
  equal(judgeRecipient('x@y.z', { rcpthosts: undefined, here: undefined }).is, 'allowed')
})

test('what is delivered here: locals, then the first key of virtualdomains that there is', () => {
  const here = {
    locals: new Set(['local.example']),
    virtual: new Map([
      ['virt.example', 'alias-virt'],
      ['.wild.example', 'alias-wild'],
      ['exc.wild.example', ''],
      ['bob@special.example', 'alias-bob'],
    ]),
  }
  const judged = (address: string): string => judgeRecipient(address, { rcpthosts: undefined, here }).is
  for (const yes of ['x@Local.example', 'x@virt.example', 'x@a.b.wild.example', 'BOB@special.example', 'x'])
    equal(judged(yes), 'allowed', yes)
  for (const no of [
    'x@wild.example',
    'x@exc.wild.example',
    'joe@special.example',
    'x@sub.local.example',
    'x@',
  ])
    equal(judged(no), 'refused', no)
  const all = { locals: new Set<string>(), virtual: new Map([['', 'alias-all']]) }
  equal(judgeRecipient('x@y.z', { rcpthosts: undefined, here: all }).is, 'allowed')
})

test('a bad sender is a whole address or @host', () => {
  const bad = new Set(['joe@evil.example', '@worse.example'])
  for (const yes of ['joe@evil.example', 'JOE@Evil.example', 'x@worse.example', 'x@y@worse.example'])
    equal(isBadSender(yes, bad), true, yes)
  for (const no of ['', 'x@evil.example', 'x@sub.worse.example', 'worse.example'])
    equal(isBadSender(no, bad), false, no)
  equal(isBadSender('@worse.example', bad), true)
})

test('an address literal of this host is localiphost', () => {
  const ours = (ip: string): boolean => ip === '192.0.2.1'
  equal(withLocalHost('joe@[192.0.2.1]', 'mx.example', ours), 'joe@mx.example')
  equal(withLocalHost('joe@[192.0.2.2]', 'mx.example', ours), 'joe@[192.0.2.2]')
  equal(withLocalHost('joe@[192.0.2.1]', undefined, ours), 'joe@[192.0.2.1]')
  equal(withLocalHost('joe@[192.0.2.1].', 'mx.example', ours), 'joe@[192.0.2.1].')
})
