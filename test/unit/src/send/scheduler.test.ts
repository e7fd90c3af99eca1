import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { DueQueue } from '../../../../src/send/scheduler.ts'

function drain(queue: DueQueue): string[] {
  const taken: string[] = []
  for (let due = queue.take(); due !== undefined; due = queue.take())
    taken.push(`${due.dueSeconds} ${due.number}`)
  return taken
}

test('messages leave in the order of their due times, equal ones in the order of their coming', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (dues) => {
      const queue = new DueQueue()
      dues.forEach((due, index) => queue.add(String(index), due))
      const expected = dues
        .map((due, index) => ({ due, index }))
        .sort((a, b) => a.due - b.due || a.index - b.index)
        .map(({ due, index }) => `${due} ${index}`)
      deepEqual(drain(queue), expected)
    }),
  )
})

test('adding and taking in turns keeps the order', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 50 }))), (steps) => {
      const queue = new DueQueue()
      const model: number[] = []
      for (const step of steps) {
        if (step === null) equal(queue.take()?.dueSeconds, model.sort((a, b) => a - b).shift())
        else {
          queue.add('1', step)
          model.push(step)
        }
        equal(queue.size, model.length)
      }
    }),
  )
})

test('only what is due is given out', () => {
  const queue = new DueQueue()
  equal(queue.firstSeconds, Infinity)
  equal(queue.takeDue(Infinity), undefined)
  queue.add('7', 100)
  equal(queue.takeDue(99), undefined)
  equal(queue.firstSeconds, 100)
  equal(queue.takeDue(100), '7')
  equal(queue.size, 0)
})

test('ALRM: all are due now, in the order that they had', () => {
  const queue = new DueQueue()
  for (const due of [50, 10, 30, 20, 40]) queue.add(`m${due}`, due)
  queue.makeAllDue(5)
  queue.add('late', 5)
  deepEqual(drain(queue), ['5 m10', '5 m20', '5 m30', '5 m40', '5 m50', '5 late'])
})

test('100,000 messages take less than 100 bytes each, and half a second to come and go', () => {
  const queue = new DueQueue()
  const numbers = Array.from({ length: 100_000 }, (_, index) => String(1_000_000 + index))
  const before = process.memoryUsage().heapUsed
  const start = performance.now()
  for (const number of numbers) queue.add(number, Number(number) % 997)
  const bytes = process.memoryUsage().heapUsed - before
  while (queue.take() !== undefined);
  ok(performance.now() - start < 500)
  ok(bytes < 10_000_000, `${bytes} bytes`)
})
