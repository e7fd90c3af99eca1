import { deepEqual, equal } from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { NumberedReport } from '../../../../lib/spawn/report.ts'
import { limitsOf, Spawner } from '../../../../src/send/spawner.ts'
import { FarSpawner, reader, writer } from '../../../helpers/far-spawner.ts'

function connected(context: TestContext, capacity?: number | 'dead'): { near: Spawner; far: FarSpawner } {
  const far = new FarSpawner(() => undefined, capacity)
  context.after(() => far.die())
  return { near: new Spawner(writer(far.commandsFd), reader(far.reportsFd)), far }
}

const command = (size: number): Buffer => Buffer.from(`\0${'0/1\0'}${'x'.repeat(size)}\0r@h\0`, 'latin1')

test('the first byte is the capacity, unsigned', async (context) => {
  equal(await connected(context, 255).near.capacity(), 255)
})

test('the smaller of what is wanted and what is taken counts', async (context) => {
  const spawners = { local: connected(context, 120).near, remote: connected(context, 5).near }
  deepEqual(await limitsOf(spawners, { local: 10, remote: 20 }), { local: 10, remote: 5 })
})

test('a spawner that dies before its first byte has no capacity', async (context) => {
  const spawners = { local: connected(context).near, remote: connected(context, 'dead').near }
  equal(await limitsOf(spawners, { local: 10, remote: 20 }), undefined)
})

test('reports come one by one, a loss once', async (context) => {
  const { near, far } = connected(context)
  await near.capacity()
  const reports: NumberedReport[] = []
  let losses = 0
  const lost = new Promise<void>((resolve) => {
    near.serve({
      onReport: (report) => void reports.push(report),
      onReady: () => {},
      onLost: () => {
        losses++
        resolve()
      },
    })
  })
  far.report(3, 'Kone\n')
  far.report(0, 'Ztwo\n')
  await new Promise<void>((resolve) => {
    const look = (): void => void (reports.length === 2 ? resolve() : setImmediate(look))
    look()
  })
  far.die()
  await lost
  deepEqual(reports, [
    { delnum: 3, letter: 'K', text: 'one\n' },
    { delnum: 0, letter: 'Z', text: 'two\n' },
  ])
  equal(near.isReady, false)
  equal(losses, 1)
})

test('a loss before anybody serves is told when somebody does', async (context) => {
  const { near } = connected(context, 'dead')
  await near.capacity()
  await new Promise<void>((resolve) => near.serve({ onReport: () => {}, onReady: () => {}, onLost: resolve }))
})

test('one command at a time waits for a spawner that does not read', async (context) => {
  const { near, far } = connected(context)
  await near.capacity()
  const ready = new Promise<void>((resolve) => {
    near.serve({ onReport: () => {}, onReady: resolve, onLost: () => {} })
  })
  far.stall()
  let sent = 0
  while (near.isReady && sent < 1000) {
    near.send(command(10_000))
    sent++
    await new Promise((resolve) => setImmediate(resolve))
  }
  equal(near.isReady, false)
  far.resume()
  await ready
  await far.received(sent)
  equal(near.isReady, true)
})
