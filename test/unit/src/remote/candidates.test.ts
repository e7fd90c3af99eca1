import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer, Mx } from '../../../../lib/dns/answer.ts'
import { CANDIDATES, findExchangers, findRelay, type Lookup } from '../../../../src/remote/candidates.ts'

type Records = Readonly<Record<string, readonly string[] | 'later' | 'nosuch' | 'nodata'>>

function answer<T>(value: readonly T[] | 'later' | 'nosuch' | 'nodata' | undefined): Answer<T> {
  if (value === undefined) return { is: 'nosuch' }
  if (value === 'later') return { is: 'later', cause: 'test' }
  return typeof value === 'string' ? { is: value } : { is: 'found', records: value }
}

/** A DNS of `MX d.example`: `10 host`, `A host`: address. */
function lookup(records: Records, changes: Partial<Lookup> = {}): Lookup {
  const mxOf = (name: string): Answer<Mx> => {
    const value = records[`MX ${name}`]
    if (!Array.isArray(value)) return answer<Mx>(value as 'later')
    return answer(
      (value as readonly string[]).map((text) => {
        const [preference, exchange = ''] = text.split(' ')
        return { preference: Number(preference), exchange }
      }),
    )
  }
  return {
    resolver: () =>
      Promise.resolve({
        resolveMx: (name) => Promise.resolve(mxOf(name)),
        resolveAddresses: (name, family) =>
          Promise.resolve(answer(records[`${family === 4 ? 'A' : 'AAAA'} ${name}`])),
      }),
    families: [4],
    isOwn: (address) => address === '192.0.2.99',
    random: () => 0.5,
    knowsNullMx: false,
    ...changes,
  }
}

async function exchangers(host: string, records: Records, changes: Partial<Lookup> = {}) {
  const found = await findExchangers(host, lookup(records, changes))
  return found.is === 'found' ? found.candidates.map(({ address }) => address) : found.is
}

test('mail exchangers are tried by preference, with all their addresses', async () => {
  const records: Records = {
    'MX d.example': ['20 b', '10 a'],
    'A a': ['192.0.2.1', '192.0.2.2'],
    'A b': ['192.0.2.3'],
  }
  deepEqual(await exchangers('d.example', records), ['192.0.2.1', '192.0.2.2', '192.0.2.3'])
})

test('the order of equals is random', async () => {
  const records: Records = { 'MX d.example': ['10 a', '10 b'], 'A a': ['192.0.2.1'], 'A b': ['192.0.2.2'] }
  const dice = (...values: number[]) => ({ random: () => values.shift() ?? 0 })
  deepEqual(await exchangers('d.example', records, dice(0.1, 0.2)), ['192.0.2.1', '192.0.2.2'])
  deepEqual(await exchangers('d.example', records, dice(0.2, 0.1)), ['192.0.2.2', '192.0.2.1'])
})

test('without a mail exchanger the host itself is tried', async () => {
  const a = { 'A d.example': ['192.0.2.1'] }
  deepEqual(await exchangers('d.example', { 'MX d.example': 'nodata', ...a }), ['192.0.2.1'])
  deepEqual(await exchangers('d.example', { 'MX d.example': 'nosuch', ...a }), ['192.0.2.1'])
})

test('what does not exist is told from what is not known', async () => {
  equal(await exchangers('d.example', {}), 'nosuch')
  equal(await exchangers('d.example', { 'MX d.example': 'nodata', 'A d.example': 'nodata' }), 'nosuch')
  equal(await exchangers('d.example', { 'MX d.example': 'later', 'A d.example': ['192.0.2.1'] }), 'later')
  equal(await exchangers('d.example', { 'MX d.example': 'nodata', 'A d.example': 'later' }), 'later')
  equal(await exchangers('d.example', { 'MX d.example': ['10 a'] }), 'nowhere')
  equal(await exchangers('d.example', { 'MX d.example': ['10 a', '20 b'], 'A b': 'later' }), 'later')
  const half: Records = { 'MX d.example': ['10 a', '20 b'], 'A a': 'later', 'A b': ['192.0.2.2'] }
  deepEqual(await exchangers('d.example', half), ['192.0.2.2'])
})

test('only those better than this machine are tried', async () => {
  const records: Records = {
    'MX d.example': ['10 a', '20 b', '20 me', '30 c'],
    'A a': ['192.0.2.1'],
    'A b': ['192.0.2.2'],
    'A me': ['192.0.2.98', '192.0.2.99'],
    'A c': ['192.0.2.3'],
  }
  deepEqual(await exchangers('d.example', records), ['192.0.2.1'])
})

test('when this machine is the best there is nobody to send to', async () => {
  const records: Records = {
    'MX d.example': ['10 me', '20 b'],
    'A me': ['192.0.2.99'],
    'A b': ['192.0.2.2'],
  }
  equal(await exchangers('d.example', records), 'ambiguous')
  equal(await exchangers('me', { 'MX me': 'nodata', 'A me': ['192.0.2.99'] }), 'ambiguous')
  equal(await exchangers('[192.0.2.99]', {}), 'ambiguous')
})

test('while the DNS cannot say whether there is a better one, nothing is said for good', async () => {
  const records: Records = { 'MX d.example': ['10 a', '20 me'], 'A a': 'later', 'A me': ['192.0.2.99'] }
  equal(await exchangers('d.example', records), 'later')
  const worse: Records = { 'MX d.example': ['10 me', '20 a'], 'A a': 'later', 'A me': ['192.0.2.99'] }
  equal(await exchangers('d.example', worse), 'ambiguous')
})

test('a literal is itself, without the DNS', async () => {
  const changes = { resolver: () => Promise.reject(new Error('no DNS here')) }
  deepEqual(await exchangers('192.0.2.1', {}, changes), ['192.0.2.1'])
  deepEqual(await exchangers('[192.0.2.1]', {}, changes), ['192.0.2.1'])
  deepEqual(await exchangers('[IPv6:2001:db8::1]', {}, changes), ['2001:db8::1'])
})

test('the null mail exchanger means no mail to who knows it, and nowhere to who does not', async () => {
  const records: Records = { 'MX d.example': ['0 '], 'A d.example': ['192.0.2.1'] }
  equal(await exchangers('d.example', records), 'nowhere')
  equal(await exchangers('d.example', records, { knowsNullMx: true }), 'nullmx')
})

test('both families are looked up where both are wanted', async () => {
  const records: Records = {
    'MX d.example': ['10 a', '20 b'],
    'A a': ['192.0.2.1'],
    'AAAA a': ['2001:db8::1'],
    'A b': 'nodata',
    'AAAA b': ['2001:db8::2'],
  }
  deepEqual(await exchangers('d.example', records, { families: [4, 6] }), [
    '192.0.2.1',
    '2001:db8::1',
    '2001:db8::2',
  ])
  deepEqual(await exchangers('d.example', records), ['192.0.2.1'])
})

test('what the DNS calls an address and is none is not tried', async () => {
  deepEqual(await exchangers('h', { 'MX h': 'nodata', 'A h': ['192.0.2.1', 'evil.example'] }), ['192.0.2.1'])
})

test(`at most ${CANDIDATES} addresses are tried`, async () => {
  const many = Array.from({ length: CANDIDATES + 1 }, (_, i) => `192.0.2.${i}`)
  const count = async (addresses: readonly string[]) => {
    const found = await exchangers('h', { 'MX h': 'nodata', 'A h': addresses }, { isOwn: () => false })
    return found.length
  }
  equal(await count(many.slice(1)), CANDIDATES)
  equal(await count(many), CANDIDATES)
})

test('a relay is looked up by its addresses alone, and may be this machine', async () => {
  const records: Records = {
    'MX relay': ['10 other'],
    'A relay': ['192.0.2.99'],
    'A other': ['192.0.2.1'],
  }
  const found = await findRelay('relay', lookup(records))
  ok(found.is === 'found')
  deepEqual(found.candidates, [{ address: '192.0.2.99', family: 4, preference: 0 }])
  const literal = await findRelay('::1', lookup({}))
  deepEqual(literal, { is: 'found', candidates: [{ address: '::1', family: 6, preference: 0 }] })
  equal((await findRelay('gone', lookup({}))).is, 'nosuch')
  equal((await findRelay('soft', lookup({ 'A soft': 'later' }))).is, 'later')
})
