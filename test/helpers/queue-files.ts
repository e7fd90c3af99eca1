/** Messages in the queue of a home, made file by file with the owners and modes that qmail's programs give them. */
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  readFileSync,
  writeFileSync,
  renameSync,
} from 'node:fs'
import { intdPath, messPath, type MessageNumber, splitOf, todoPath } from '../../lib/queue/paths.ts'
import type { TestHome } from './home.ts'

export interface MessageFiles {
  readonly text?: string
  /** Its envelope; in intd too, as the same file, unless `intd` says otherwise. */
  readonly todo?: string
  readonly intd?: string
  readonly info?: string
  readonly local?: string
  readonly remote?: string
  readonly bounce?: string
}

export class QueueFiles {
  readonly #home: TestHome

  constructor(home: TestHome) {
    this.#home = home
  }

  path(file: string): string {
    return `${this.#home.home}/queue/${file}`
  }

  exists(file: string): boolean {
    return existsSync(this.path(file))
  }

  read(file: string): string {
    return readFileSync(this.path(file), 'latin1')
  }

  inode(file: string): string {
    return String(lstatSync(this.path(file), { bigint: true }).ino)
  }

  /** A file of the user of queue, or of send, by where it is. */
  write(file: string, content: string): void {
    const { qmailq, qmails, qmail } = this.#home.accounts
    const isQueues = /^(mess|intd|todo|pid)\//.test(file)
    writeFileSync(this.path(file), content, 'latin1')
    chownSync(this.path(file), (isQueues ? qmailq : qmails).uid, qmail)
    chmodSync(this.path(file), isQueues ? 0o644 : 0o600)
  }

  message({ text = 'Subject: t\n\nbody\n', todo, intd, ...files }: MessageFiles): MessageNumber {
    this.write('pid/draft', text)
    const number = this.inode('pid/draft')
    renameSync(this.path('pid/draft'), this.path(messPath(number)))
    if (intd !== undefined) this.write(intdPath(number), intd)
    if (todo !== undefined) {
      if (intd === undefined) this.write(intdPath(number), todo)
      if (intd === undefined) linkSync(this.path(intdPath(number)), this.path(todoPath(number)))
      else this.write(todoPath(number), todo)
    }
    for (const kind of ['info', 'local', 'remote', 'bounce'] as const) {
      const content = files[kind]
      const file = kind === 'bounce' ? `bounce/${number}` : `${kind}/${splitOf(number)}/${number}`
      if (content !== undefined) this.write(file, content)
    }
    return number
  }
}
