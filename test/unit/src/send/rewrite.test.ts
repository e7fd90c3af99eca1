import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { mapOf, setOf } from '../../../../lib/control/lines.ts'
import { rewrite, type Routing, withoutPrefix } from '../../../../src/send/rewrite.ts'

/** The fixture of the conformance cases. */
const routing: Routing = {
  envnoathost: 'mx.example.org',
  percenthack: setOf([]),
  locals: setOf(['local.example', 'mx.example.org']),
  virtualdomains: mapOf([
    'virt.example:alias-virt',
    'exc.virt.example:',
    '.virt.example:alias-wild',
    'bob@special.example:alias-bob',
  ]),
}

function goes(address: string, expected: string, changed: Partial<Routing> = {}): void {
  const { channel, recipient } = rewrite(address, { ...routing, ...changed })
  equal(`${channel} ${recipient}`, expected)
}

describe('recipients', () => {
  test('D3: a domain in locals is local', () => goes('joe@local.example', 'local joe@local.example'))
  test('D8: a virtual domain puts its prefix in front', () =>
    goes('x@virt.example', 'local alias-virt-x@virt.example'))
  test('D9: an empty value is an exception', () => goes('y@exc.virt.example', 'remote y@exc.virt.example'))
  test('D10: a suffix matches what is below it', () =>
    goes('z@a.b.virt.example', 'local alias-wild-z@a.b.virt.example'))
  test('D11: a virtual user is one address', () => {
    goes('bob@special.example', 'local alias-bob-bob@special.example')
    goes('other@special.example', 'remote other@special.example')
  })
  test('D13: keys match without regard to case, the text is kept', () =>
    goes('y@caps.EXAMPLE', 'local alias-caps-y@caps.EXAMPLE', {
      virtualdomains: mapOf(['CAPS.Example:alias-caps']),
    }))
  test('D14: locals match without regard to case', () => goes('JOE@LOCAL.EXAMPLE', 'local JOE@LOCAL.EXAMPLE'))
  test('D15: without an @ the envnoathost is appended', () => {
    goes('bare', 'local bare@mx.example.org')
    goes('', 'local @mx.example.org')
  })
  test('D16: anything else is remote, unchanged', () =>
    goes('a"b c@remote.example', 'remote a"b c@remote.example'))
  test('D18: an empty local part is kept', () => goes('@local.example', 'local @local.example'))
  test('the domain begins after the last @', () => goes('a@b@local.example', 'local a@b@local.example'))
  test('locals win over virtualdomains', () =>
    goes('a@local.example', 'local a@local.example', { virtualdomains: mapOf(['local.example:x']) }))
  test('the empty key matches every domain', () =>
    goes('a@any.example', 'local all-a@any.example', { virtualdomains: mapOf([':all']) }))
  test('the more exact key wins', () => {
    const virtualdomains = mapOf([
      ':all',
      '.example:dot',
      'b.example:whole',
      'a@b.example:user',
      '.b.example:sub',
    ])
    goes('a@b.example', 'local user-a@b.example', { virtualdomains })
    goes('c@b.example', 'local whole-c@b.example', { virtualdomains })
    goes('c@d.b.example', 'local sub-c@d.b.example', { virtualdomains })
    goes('c@e.example', 'local dot-c@e.example', { virtualdomains })
    goes('c@example', 'local all-c@example', { virtualdomains })
  })
  test('no locals at all: everything is remote', () =>
    goes('joe@local.example', 'remote joe@local.example', { locals: setOf([]), virtualdomains: mapOf([]) }))
})

describe('percent hack', () => {
  const percenthack = setOf(['pct.example', 'PCT2.example'])

  test('D17: the last % becomes an @', () => {
    goes('u%a%b@pct.example', 'remote u%a@b', { percenthack })
    goes('joe%local.example@pct.example', 'local joe@local.example', { percenthack })
    goes('u@pct.example', 'remote u@pct.example', { percenthack })
  })
  test('it is done again while the new domain has it too', () =>
    goes('u%a%pct2.example@pct.example', 'remote u@a', { percenthack }))
  test('other domains keep their %', () =>
    goes('u%a@remote.example', 'remote u%a@remote.example', { percenthack }))
  test('a megabyte of % ends', () =>
    goes(`${'%pct.example'.repeat(5000)}@pct.example`, 'remote @pct.example', { percenthack }))
})

describe('the recipient as its sender knows it', () => {
  const known = (recipient: string): string => withoutPrefix(recipient, routing.virtualdomains)

  test('F6: the prefix of a virtual domain is taken off', () => {
    equal(known('alias-virt-x@virt.example'), 'x@virt.example')
    equal(known('alias-wild-z@a.b.virt.example'), 'z@a.b.virt.example')
  })
  test('F7: the prefix of a virtual user stays', () =>
    equal(known('alias-bob-bob@special.example'), 'alias-bob-bob@special.example'))
  test('what does not begin with the prefix is left alone', () => {
    equal(known('alias-virtx@virt.example'), 'alias-virtx@virt.example')
    equal(known('y@exc.virt.example'), 'y@exc.virt.example')
    equal(known('joe@local.example'), 'joe@local.example')
    equal(known('no-domain'), 'no-domain')
  })
})

test('an address goes through a hundred labels of its domain', () => {
  const domain = `${'a.'.repeat(100)}virt.example`
  deepEqual(rewrite(`x@${domain}`, routing), { channel: 'local', recipient: `alias-wild-x@${domain}` })
})
