import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { isDying, nextAttempt } from '../../../../src/send/retry.ts'

const birth = 1_000_000

test('E3: a remote attempt at the age of 9 to 15 seconds leads to birth + 529', () => {
  for (const age of [9, 12, 15]) equal(nextAttempt('remote', birth, birth + age), birth + 529)
  equal(nextAttempt('remote', birth, birth + 16), birth + 576)
})

test('E4: a local attempt at once leads to birth + 100', () => {
  equal(nextAttempt('local', birth, birth), birth + 100)
})

test('attempts that are never late lie on the squares', () => {
  const tries = (channel: 'local' | 'remote'): number[] => {
    const ages = [0]
    while (ages.length < 5) ages.push(nextAttempt(channel, birth, birth + ages.at(-1)!) - birth)
    return ages
  }
  equal(tries('local').join(), '0,100,400,900,1600')
  equal(tries('remote').join(), '0,400,1600,3600,6400')
})

test('a birth in the future counts as now', () => {
  equal(nextAttempt('local', birth, birth - 500), birth + 100)
})

test('a message is dying when its lifetime is over, and not before', () => {
  equal(isDying(birth, birth + 604_800, 604_800), false)
  equal(isDying(birth, birth + 604_801, 604_800), true)
  equal(isDying(birth, birth, 0), false)
})
