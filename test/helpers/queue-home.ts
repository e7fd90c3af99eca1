/**
 * A home with an empty queue in a temporary directory, and hands on its files as another program of a qmail would have them: put a
 * message into the queue, see what is there. Removed when the test is over.
 */
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { makeFifo } from '../../lib/os/os.ts'
import { intdPath, messPath, type MessageNumber, SPLIT, todoPath } from '../../lib/queue/paths.ts'

export class QueueHome {
  readonly home: string
  readonly queue: string

  constructor(home: string) {
    this.home = home
    this.queue = join(home, 'queue')
    const flat = ['control', 'bin', 'queue/pid', 'queue/intd', 'queue/todo', 'queue/bounce', 'queue/lock']
    for (const name of flat) fs.mkdirSync(join(home, name), { recursive: true })
    for (const name of ['mess', 'info', 'local', 'remote']) {
      for (let split = 0; split < SPLIT; split++) {
        fs.mkdirSync(join(this.queue, name, String(split)), { recursive: true })
      }
    }
    fs.writeFileSync(this.path('lock/sendmutex'), '', { mode: 0o600 })
    makeFifo(this.path('lock/trigger'), 0o622)
  }

  path(file: string): string {
    return join(this.queue, file)
  }

  control(name: string, content: string): void {
    fs.writeFileSync(join(this.home, 'control', name), content, 'latin1')
  }

  /** As qmail-queue does it, without its syncs: the number is the inode, todo and intd are one file. */
  enqueue(envelope: string, message = 'Subject: t\n\nbody\n'): MessageNumber {
    const draft = this.path('pid/draft')
    fs.writeFileSync(draft, message, 'latin1')
    const number = String(fs.statSync(draft, { bigint: true }).ino)
    fs.renameSync(draft, this.path(messPath(number)))
    this.write(intdPath(number), envelope)
    fs.linkSync(this.path(intdPath(number)), this.path(todoPath(number)))
    return number
  }

  write(file: string, content: string): void {
    fs.writeFileSync(this.path(file), content, 'latin1')
  }

  read(file: string): string {
    return fs.readFileSync(this.path(file), 'latin1')
  }

  exists(file: string): boolean {
    return fs.existsSync(this.path(file))
  }

  /** Both times, in seconds. */
  setTimes(file: string, atime: number, mtime: number): void {
    fs.utimesSync(this.path(file), atime, mtime)
  }

  mtime(file: string): number {
    return Number(fs.statSync(this.path(file), { bigint: true }).mtimeMs / 1000n)
  }

  mode(file: string): number {
    return fs.statSync(this.path(file)).mode & 0o7777
  }

  /** Every file of every message, sorted: `todo/17`, `mess/17/17`. */
  files(): string[] {
    const found: string[] = []
    for (const name of ['pid', 'mess', 'intd', 'todo', 'info', 'local', 'remote', 'bounce']) {
      for (const entry of fs.readdirSync(this.path(name), { recursive: true, withFileTypes: true })) {
        if (entry.isFile()) found.push(join(entry.parentPath, entry.name).slice(this.queue.length + 1))
      }
    }
    return found.sort()
  }
}

export function queueHome(context: TestContext): QueueHome {
  const home = fs.mkdtempSync(join(tmpdir(), 'jsmail-queue-'))
  context.after(() => fs.rmSync(home, { recursive: true, force: true }))
  return new QueueHome(home)
}

export const nowSeconds = (): number => Math.floor(Date.now() / 1000)
