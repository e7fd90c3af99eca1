/**
 * `make bench`: the workloads against jsmail and against every peer that is here, in alternating rounds on one disk, with ratios, processor
 * time and memory. Every round checks that nothing was lost. WORKLOADS="W1c W1d W2" and ROUNDS=3 choose,
 * HELD=defer gives the peer more to do (postfix.ts); it takes minutes and never runs inside `make test`.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { loadavg } from 'node:os'
import { ensureBuilt } from '../built.ts'
import { freePort } from '../run/port.ts'
import { type Disk, findDisk } from './disk.ts'
import { jsmail } from './jsmail.ts'
import { findLoad, send } from './load.ts'
import { postfix } from './postfix.ts'
import { memoryOf, processorTimeOf } from './processes.ts'
import type { Server, StartServer } from './server.ts'
import { type Measurement, heading, rowsOf } from './table.ts'
import type { Point, Workload } from './workload.ts'
import { workloads } from './workloads/all.ts'

const starters: readonly StartServer[] = [postfix, jsmail]
const REFERENCE = 'Postfix'
/** Before the first point of a round, so that nobody is measured while he wakes up. */
const WARMING_MESSAGES = 300

const rounds = Number(process.env['ROUNDS'] ?? 3)
const wanted = (process.env['WORKLOADS'] ?? workloads.map(({ name }) => name).join(' ')).split(/[ ,]+/)
const running = new Set<Server>()
const durabilities = new Map<string, string>()
let losses = 0

const load = findLoad()
if ('missing' in load) {
  console.error(`bench: no smtp-source for the load (${load.missing})`)
  process.exit(1)
}
ensureBuilt()
const disk = findDisk()
const leave = async (): Promise<void> => {
  await Promise.all([...running].map((server) => server.stop()))
  disk.remove()
}
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => void leave().then(() => process.exit(1)))
try {
  await main(disk)
} finally {
  await leave()
}
process.exitCode = losses === 0 ? 0 : 1

async function main({ description }: Disk): Promise<void> {
  console.log(`on ${description}; load by smtp-source on the same machine; ${rounds} rounds`)
  const [busy = 0] = loadavg()
  if (busy > 1)
    console.log(`others are at work here (load average ${busy.toFixed(1)}): the figures mean little`)
  for (const workload of workloads.filter(({ name }) => wanted.includes(name))) {
    console.log(`\n${workload.name}: ${workload.title}\n${heading}`)
    const results = workload.points.map(() => new Map<string, Measurement[]>())
    for (let round = 0; round < rounds; round += 1) await measureRound(workload, results)
    for (const [index, { label }] of workload.points.entries()) {
      for (const row of rowsOf(label, results[index] ?? new Map(), REFERENCE)) console.log(row)
    }
  }
  for (const [name, what] of durabilities) console.log(`${name}: ${what}`)
}

/** All servers up at once, taking turns point by point. */
async function measureRound(
  workload: Workload,
  results: readonly Map<string, Measurement[]>[],
): Promise<void> {
  const servers = await startAll(workload)
  const expected = new Map<Server, number>()
  for (const server of servers) {
    await send(server.port, {
      sessions: 10,
      messages: WARMING_MESSAGES,
      sizeBytes: 4096,
      keepConnection: true,
    })
    await server.settled()
    expected.set(server, WARMING_MESSAGES)
  }
  for (const [index, point] of workload.points.entries()) {
    for (const server of servers) {
      const measured = await measure(server, point)
      const all = results[index]?.get(server.name) ?? []
      results[index]?.set(server.name, [...all, measured])
      expected.set(server, (expected.get(server) ?? 0) + point.messages)
      verify(server, point, expected.get(server) ?? 0)
    }
  }
  for (const server of servers) {
    await server.stop()
    running.delete(server)
  }
}

async function startAll({ hold }: Workload): Promise<readonly Server[]> {
  const servers: Server[] = []
  for (const [index, start] of starters.entries()) {
    const folder = `${disk.folder}/${index}`
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { mode: 0o755 })
    const server = await start({ folder, port: await freePort(), hold })
    if ('missing' in server) console.log(`left out: ${server.missing}`)
    else {
      servers.push(server)
      running.add(server)
      durabilities.set(server.name, server.durability)
    }
  }
  return servers
}

async function measure(server: Server, point: Point): Promise<Measurement> {
  spawnSync('sync')
  let memoryMegabytes = 0
  const sampling = setInterval(
    () => (memoryMegabytes = Math.max(memoryMegabytes, memoryOf(server.pids))),
    1000,
  )
  const before = processorTimeOf(server.pids)
  const seconds = await point.run(server)
  clearInterval(sampling)
  memoryMegabytes = Math.max(memoryMegabytes, memoryOf(server.pids))
  await server.settled()
  const used = processorTimeOf(server.pids) - before
  return {
    messagesPerSecond: point.messages / seconds,
    processorMilliseconds: (used * 1000) / point.messages,
    memoryMegabytes,
  }
}

function verify(server: Server, point: Point, expected: number): void {
  const { count, damaged } = point.check(server)
  if (count === expected && damaged === 0) return
  losses += 1
  console.log(`${point.label} ${server.name}: ${count} messages of ${expected}, ${damaged} damaged`)
}
