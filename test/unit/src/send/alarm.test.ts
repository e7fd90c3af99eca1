import { equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { Alarm, pause } from '../../../../src/send/alarm.ts'

const clock = { now: () => Date.now() }

test('a ring ends the sleep', async () => {
  const alarm = new Alarm(clock)
  setImmediate(alarm.ring)
  await alarm.sleepUntil(Infinity)
})

test('a ring before the sleep is not slept over, and counts once', async () => {
  const alarm = new Alarm(clock)
  alarm.ring()
  alarm.ring()
  await alarm.sleepUntil(Infinity)
  let isAwake = false
  const sleep = alarm.sleepUntil(Infinity).then(() => (isAwake = true))
  await new Promise((resolve) => setImmediate(resolve))
  equal(isAwake, false)
  alarm.ring()
  await sleep
})

test('the sleep ends when the second has begun', async () => {
  let now = 999_960
  const started = Date.now()
  const alarm = new Alarm({ now: () => now + (Date.now() - started) })
  await alarm.sleepUntil(1000)
  ok(alarm.nowSeconds() >= 1000 || 1_000_000 - (now + Date.now() - started) <= 1)
  now += 1_000_000
  await alarm.sleepUntil(1000)
})

test('a loop that never pauses still lets the system have its turn', async () => {
  const alarm = new Alarm(clock)
  const served = new AbortController()
  setTimeout(() => served.abort(), 1)
  for (let turns = 0; !served.signal.aborted; turns++) {
    alarm.ring()
    await alarm.sleepUntil(Infinity)
    ok(turns < 1_000_000)
  }
})

test('a pause ends early when everything ends', async () => {
  const ending = new AbortController()
  const paused = pause(1000, ending.signal)
  ending.abort()
  await paused
  await pause(1000, ending.signal)
})
