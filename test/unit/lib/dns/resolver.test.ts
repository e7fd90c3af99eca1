import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Ask, Question, Response } from '../../../../lib/dns/answer.ts'
import { createResolver } from '../../../../lib/dns/resolver.ts'

function asker(answers: Readonly<Record<string, Response>>) {
  const asked: string[] = []
  const ask: Ask = async ({ type, name }: Question) => {
    asked.push(`${type} ${name}`)
    return answers[`${type} ${name}`] ?? { is: 'later', cause: 'not scripted' }
  }
  let now = 0
  const resolver = createResolver(ask, { now: () => now })
  return { asked, resolver, pass: (seconds: number) => (now += seconds * 1000) }
}

const address: Response = { is: 'found', records: ['192.0.2.1'], ttlSeconds: 60 }

test('each family has its question, whatever the letters and the final dot', async () => {
  const { asked, resolver } = asker({ 'A host.example': address })
  assert.deepEqual(await resolver.resolveAddresses('Host.Example.', 4), {
    is: 'found',
    records: ['192.0.2.1'],
  })
  assert.deepEqual(await resolver.resolveAddresses('host.example', 6), { is: 'later', cause: 'not scripted' })
  assert.deepEqual(asked, ['A host.example', 'AAAA host.example'])
})

test('what was answered is not asked again until its time is over', async () => {
  const { asked, resolver, pass } = asker({ 'A h.example': address })
  await resolver.resolveAddresses('h.example', 4)
  pass(59)
  await resolver.resolveAddresses('h.example', 4)
  assert.equal(asked.length, 1)
  pass(1)
  await resolver.resolveAddresses('h.example', 4)
  assert.equal(asked.length, 2)
})

test('two who ask at once share the answer, and trouble is asked again', async () => {
  const { asked, resolver } = asker({})
  await Promise.all([resolver.resolveMx('d.example'), resolver.resolveMx('D.example')])
  assert.deepEqual(asked, ['MX d.example'])
  await resolver.resolveMx('d.example')
  assert.equal(asked.length, 2)
})

test('a name that cannot exist is not asked for', async () => {
  const { asked, resolver } = asker({})
  assert.deepEqual(await resolver.resolveMx('no such name'), { is: 'nosuch' })
  assert.deepEqual(await resolver.resolveAddresses('', 4), { is: 'nosuch' })
  assert.deepEqual(asked, [])
})
