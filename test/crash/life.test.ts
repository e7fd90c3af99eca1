/**
 * The process is killed, or the power fails, at every single operation of a message's life under send and clean: preprocessing, marks,
 * bounce paragraphs, the end. A second life goes on with what is left. Afterwards no recipient is lost: each was delivered, or its
 * sender was told; and what was done before a kill is not done again, but for deliveries that ran.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf } from '../../lib/bytes/bytes.ts'
import { intdPath, messPath, SPLIT, todoPath } from '../../lib/queue/paths.ts'
import { DyingDisk, random } from '../helpers/dying-disk.ts'
import { type Life, liveOnce } from '../helpers/send-in-memory.ts'

const split = (name: string): string[] => Array.from({ length: SPLIT }, (_, number) => `${name}/${number}`)
const directories = ['pid', 'intd', 'todo', 'bounce', ...['mess', 'info', 'local', 'remote'].flatMap(split)]

const reached = ['a@local.example', 'c@remote.example']
const refused = ['b@local.example', 'd@remote.example']
const envelope = `u0\0p7\0Fjoe@local.example\0${[...reached, ...refused].map((one) => `T${one}\0`).join('')}`

const answer = (recipient: string): string => (refused.includes(recipient) ? 'Dno\n' : 'Kyes\n')

/** A disk with one queued message, all of it durable. */
async function queued(ordered: boolean): Promise<DyingDisk> {
  const disk = new DyingDisk(directories, ordered)
  const mess = await disk.create('pid/draft')
  const { inode } = await mess.status()
  await mess.write(bytesOf('Subject: t\n\nbody\n'))
  await mess.sync()
  await disk.link('pid/draft', messPath(inode))
  await disk.unlink('pid/draft')
  const intd = await disk.create(intdPath(inode))
  await intd.write(bytesOf(envelope))
  await intd.sync()
  await disk.link(intdPath(inode), todoPath(inode))
  for (const directory of directories) await disk.syncDirectory(directory)
  disk.operations = 0
  return disk
}

interface Lives {
  readonly delivered: readonly string[]
  readonly told: readonly string[]
}

function together(...lives: readonly Life[]): Lives {
  const bounces = lives.flatMap((life) => life.bounces)
  const told = refused.filter((recipient) => bounces.some((text) => text.includes(`<${recipient}>:\nno\n\n`)))
  return { delivered: lives.flatMap((life) => life.delivered), told }
}

function nobodyIsLost({ delivered, told }: Lives, what: string): void {
  for (const recipient of reached) assert.ok(delivered.includes(recipient), `${what}: ${recipient} is lost`)
  assert.deepEqual(told, refused, `${what}: the sender was not told of all`)
}

/** Nothing waits any more: at most a message file alone, which is garbage. */
function isOver(disk: DyingDisk, what: string): void {
  const left = directories
    .filter((directory) => !directory.startsWith('mess'))
    .flatMap((directory) => disk.names(directory).map((name) => `${directory}/${name}`))
  assert.deepEqual(left, [], what)
}

async function operationsOfALife(): Promise<number> {
  const disk = await queued(true)
  const life = await liveOnce(disk, answer)
  nobodyIsLost(together(life), 'undisturbed')
  assert.equal(life.bounces.length, 1)
  isOver(disk, 'undisturbed')
  return disk.operations
}

/** Die at this operation, then live again on what `luck` leaves. */
async function twoLives(ordered: boolean, dieAt: number, luck: () => number) {
  const disk = await queued(ordered)
  disk.dieAt = dieAt
  const first = await liveOnce(disk, answer)
  const after = disk.afterPowerLoss(luck)
  const second = await liveOnce(after, answer)
  return { first, second, after }
}

const survives = (): number => 0

test('kill -9 at any operation: nobody is lost, and nothing that was done is done again', async () => {
  const operations = await operationsOfALife()
  for (let dieAt = 1; dieAt <= operations; dieAt++) {
    const what = `death at ${dieAt}`
    const { first, second, after } = await twoLives(true, dieAt, survives)
    const lives = together(first, second)
    nobodyIsLost(lives, what)
    isOver(after, what)
    // A delivery whose mark could not be written may be repeated; one of each channel runs at that moment.
    assert.ok(lives.delivered.length <= reached.length + 2, `${what}: ${lives.delivered.join(' ')}`)
  }
  console.log(`# ${operations} deaths`)
})

test('power loss at any operation, on a file system that keeps the order of its directory changes', async () => {
  const operations = await operationsOfALife()
  let deaths = 0
  for (let dieAt = 1; dieAt <= operations; dieAt++) {
    for (let seed = 1; seed <= 8; seed++) {
      const what = `death at ${dieAt}, seed ${seed}`
      const { first, second, after } = await twoLives(true, dieAt, random(seed * 1000 + dieAt))
      nobodyIsLost(together(first, second), what)
      isOver(after, what)
      deaths++
    }
  }
  console.log(`# ${deaths} deaths at ${operations} operations`)
})

test('power loss at any operation, where each unsynced directory change is there or not', async () => {
  const operations = await operationsOfALife()
  let deaths = 0
  for (let dieAt = 1; dieAt <= operations; dieAt++) {
    for (let seed = 1; seed <= 8; seed++) {
      const { first, second } = await twoLives(false, dieAt, random(seed * 1000 + dieAt))
      nobodyIsLost(together(first, second), `death at ${dieAt}, seed ${seed}`)
      deaths++
    }
  }
  console.log(`# ${deaths} deaths at ${operations} operations`)
})
