/**
 * fsck --repair dies at each of its steps, while messages whose numbers are one another's get their right ones, and others are mended. Then
 * a new message comes, which may be given any number that is free by now, and fsck runs again: every text has its own envelope, and its
 * own number.
 */
import assert from 'node:assert/strict'
import * as fs from 'node:fs'
import { test, type TestContext } from 'node:test'
import { messPath, splitOf } from '../../lib/queue/paths.ts'
import type { Id, Ids } from '../../lib/users/ids.ts'
import { Disk } from '../../src/jsmail/fsck/disk.ts'
import { check } from '../../src/jsmail/fsck/fsck.ts'
import { type QueueHome, queueHome } from '../helpers/queue-home.ts'

class Died extends Error {}

/** Dies before its nth change. */
class DyingDisk extends Disk {
  #left: number

  constructor(directory: string, changes: number) {
    super(directory)
    this.#left = changes
  }

  #step(): void {
    if (this.#left-- <= 0) throw new Died()
  }

  override makeDirectory(path: string): void {
    this.#step()
    super.makeDirectory(path)
  }

  override write(...args: Parameters<Disk['write']>): void {
    this.#step()
    super.write(...args)
  }

  override copy(from: string, to: string): void {
    this.#step()
    super.copy(from, to)
  }

  override rename(from: string, to: string): void {
    this.#step()
    super.rename(from, to)
  }

  override link(from: string, to: string): void {
    this.#step()
    super.link(from, to)
  }

  override unlink(path: string): void {
    this.#step()
    super.unlink(path)
  }

  override own(path: string, owner: Id, mode: number): void {
    this.#step()
    super.own(path, owner, mode)
  }
}

const self: Id = { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 }
const ids: Ids = {
  alias: self,
  qmaild: self,
  qmaill: self,
  qmailp: self,
  qmailq: self,
  qmailr: self,
  qmails: self,
  qmail: self.gid,
  nofiles: self.gid,
}

function repair(home: QueueHome, disk = new Disk(home.queue)) {
  let said = ''
  const place = { queue: disk, home: new Disk(home.home), ids, self }
  return { ...check(place, { isRepair: true, print: (text) => (said += text) }), said }
}

const inodeOf = (path: string): string => String(fs.lstatSync(path, { bigint: true }).ino)
const at = (kind: string, number: string): string => `${kind}/${splitOf(number)}/${number}`

/** A text, and the files of its message under whatever number. */
function text(home: QueueHome, name: string): string {
  fs.writeFileSync(home.path(`pid/${name}`), `text ${name}`)
  return inodeOf(home.path(`pid/${name}`))
}

interface Scene {
  /** The wrong number of one message, which is free. */
  readonly free: string
  readonly spare: string
}

/** After a restore: a and b have each other's number, c one that a new message may get; d is right; stray files are about. */
function build(home: QueueHome): Scene {
  // Owners and modes first: there is no order in them that could be wrong.
  repair(home)
  const spare = `${home.queue}/spare`
  fs.writeFileSync(spare, '')
  const free = inodeOf(spare)
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => text(home, name)) as [
    string,
    string,
    string,
    string,
  ]
  const name = (who: string, number: string): void =>
    fs.renameSync(home.path(`pid/${who}`), home.path(messPath(number)))
  name('a', b)
  home.write(at('info', b), 'Fa\0')
  home.write(at('remote', b), 'Tto-a@x\0')
  name('b', a)
  home.write(`intd/${a}`, 'u1\0p1\0Fb\0Tto-b@x\0')
  fs.linkSync(home.path(`intd/${a}`), home.path(`todo/${a}`))
  name('c', free)
  home.write(at('info', free), 'Fc\0')
  home.write(at('local', free), 'Tto-c@x\0')
  home.write(`bounce/${free}`, 'bounce of c')
  // Nobody's: c will need this number. And a message that was not split.
  home.write(at('info', c), 'Fstray\0')
  home.write(`todo/${c}`, 'Fstray\0')
  fs.renameSync(home.path('pid/d'), home.path(`mess/${d}`))
  home.write(`info/${d}`, 'Fd\0')
  home.write(`remote/${d}`, 'Tto-d@x\0')
  return { free, spare }
}

/** As qmail-queue does it. False when its number is taken, which it tells its caller. */
function enqueueNew(home: QueueHome): boolean {
  const draft = home.path('pid/e')
  fs.writeFileSync(draft, 'text e')
  const number = inodeOf(draft)
  try {
    fs.linkSync(draft, home.path(messPath(number)))
  } catch {
    fs.unlinkSync(draft)
    return false
  }
  fs.unlinkSync(draft)
  fs.writeFileSync(home.path(`intd/${number}`), 'u1\0p1\0Fe\0Tto-e@x\0', { flag: 'wx' })
  fs.linkSync(home.path(`intd/${number}`), home.path(`todo/${number}`))
  return true
}

/** What each text has beside it, by its right number. */
function account(home: QueueHome): Record<string, Record<string, string>> {
  const found: Record<string, Record<string, string>> = {}
  for (const file of home.files().filter((each) => each.startsWith('mess/'))) {
    const number = file.split('/').at(-1) ?? ''
    assert.equal(file, messPath(number))
    assert.equal(inodeOf(home.path(file)), number)
    const beside: Record<string, string> = {}
    for (const path of [
      `todo/${number}`,
      `bounce/${number}`,
      ...['info', 'local', 'remote'].map((kind) => at(kind, number)),
    ])
      if (home.exists(path)) beside[path.split('/')[0] ?? ''] = home.read(path)
    found[home.read(file)] = beside
  }
  return found
}

const expected = {
  'text a': { info: 'Fa\0', remote: 'Tto-a@x\0' },
  'text b': { todo: 'u1\0p1\0Fb\0Tto-b@x\0' },
  'text c': { info: 'Fc\0', local: 'Tto-c@x\0', bounce: 'bounce of c' },
  'text d': { info: 'Fd\0', remote: 'Tto-d@x\0' },
}
const alsoNew = { 'text e': { todo: 'u1\0p1\0Fe\0Tto-e@x\0' } }

/** True when it died. */
function dieAt(home: QueueHome, changes: number): boolean {
  try {
    repair(home, new DyingDisk(home.queue, changes))
    return false
  } catch (error) {
    if (!(error instanceof Died)) throw error
    return true
  }
}

/** Every text is there, under whatever name. */
function allTexts(home: QueueHome): readonly string[] {
  const texts = home
    .files()
    .filter((file) => file.startsWith('mess/'))
    .map((file) => home.read(file))
  return [...new Set(texts)].sort()
}

/** One life of a queue: built, mended with a death at this change, given a new message, mended again. */
function live(t: TestContext, changes: number): { readonly hasDied: boolean; readonly collided: boolean } {
  const home = queueHome(t)
  const { free, spare } = build(home)
  const hasDied = dieAt(home, changes)
  assert.deepEqual(allTexts(home), Object.keys(expected))
  // The number that c had can now be given to a new message.
  fs.unlinkSync(spare)
  const isQueued = enqueueNew(home)
  const collided = !isQueued || home.exists(`todo/${free}`)
  const again = repair(home)
  assert.deepEqual([again.left, again.troubles], [0, 0], again.said)
  assert.deepEqual(
    account(home),
    isQueued ? { ...expected, ...alsoNew } : expected,
    `died at change ${changes}`,
  )
  assert.deepEqual(repair(home).said, '')
  fs.rmSync(home.home, { recursive: true })
  return { hasDied, collided }
}

test('whatever the change before which it dies, the next fsck ends what it began', (t) => {
  let deaths = 0
  let collisions = 0
  for (let changes = 0; ; changes++) {
    const { hasDied, collided } = live(t, changes)
    if (collided) collisions++
    if (!hasDied) break
    deaths++
  }
  t.diagnostic(`${deaths} deaths; ${collisions} times a new message got the number that another had`)
  assert.ok(deaths > 25, String(deaths))
})

test('two deaths, one in the repair of the other', (t) => {
  for (let first = 3; ; first += 5) {
    const home = queueHome(t)
    build(home)
    if (!dieAt(home, first)) return
    for (let second = 0; dieAt(home, second); second += 1);
    assert.deepEqual(account(home), expected, String(first))
    fs.rmSync(home.home, { recursive: true })
  }
})
