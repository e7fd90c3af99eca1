/**
 * What a queue consists of, with the owners and modes that its walls are made of: qmail's table. Pure. The installer makes the same
 * (scripts/home/tree.ts); a test lets fsck look at what it has made.
 */
import { SPLIT } from '../../../lib/queue/paths.ts'
import { TABLE_BYTES } from '../../../lib/queue/tcpto.ts'
import type { Id, Ids } from '../../../lib/users/ids.ts'

export interface Fixture {
  /** Beneath the queue directory, or beneath the home. */
  readonly path: string
  readonly is: 'directory' | 'fifo' | 'file'
  readonly owner: Id
  readonly mode: number
  /** Of a file that has one. */
  readonly sizeBytes?: number
}

/** Parents first. */
export function queueLayout({ qmailq, qmails, qmailr, qmail }: Ids): readonly Fixture[] {
  const queuer: Id = { uid: qmailq.uid, gid: qmail }
  const sender: Id = { uid: qmails.uid, gid: qmail }
  const directory = (path: string, owner: Id, mode: number): Fixture => ({
    path,
    is: 'directory',
    owner,
    mode,
  })
  return [
    directory('.', queuer, 0o750),
    ...['pid', 'intd'].map((path) => directory(path, queuer, 0o700)),
    ...['todo', 'lock', 'mess'].map((path) => directory(path, queuer, 0o750)),
    ...['bounce', 'info', 'local', 'remote'].map((path) => directory(path, sender, 0o700)),
    ...splits('mess').map((path) => directory(path, queuer, 0o750)),
    ...['info', 'local', 'remote'].flatMap(splits).map((path) => directory(path, sender, 0o700)),
    { path: 'lock/sendmutex', is: 'file', owner: sender, mode: 0o600 },
    { path: 'lock/trigger', is: 'fifo', owner: sender, mode: 0o622 },
    {
      path: 'lock/tcpto',
      is: 'file',
      owner: { uid: qmailr.uid, gid: qmail },
      mode: 0o644,
      sizeBytes: TABLE_BYTES,
    },
  ]
}

/** Looked at where they are there: which of them a home has depends on what lives in it. */
export function homeLayout({ alias, qmailq, qmail }: Ids, self: Id): readonly Fixture[] {
  const administrator: Id = { uid: self.uid, gid: qmail }
  const directory = (path: string, owner: Id, mode: number): Fixture => ({
    path,
    is: 'directory',
    owner,
    mode,
  })
  return [
    directory('alias', { uid: alias.uid, gid: qmail }, 0o2755),
    ...['bin', 'control', 'users', 'boot', 'doc', 'man'].map((path) => directory(path, administrator, 0o755)),
    directory('submit', { uid: qmailq.uid, gid: qmail }, 0o755),
  ]
}

function splits(name: string): readonly string[] {
  return Array.from({ length: SPLIT }, (_, split) => `${name}/${split}`)
}

export type Kind = 'mess' | 'intd' | 'todo' | 'info' | 'local' | 'remote' | 'bounce'

export const kinds: readonly Kind[] = ['mess', 'intd', 'todo', 'info', 'local', 'remote', 'bounce']

/** Those that belong to a message beside its text. */
export const companions: readonly Kind[] = kinds.filter((kind) => kind !== 'mess')

const unsplit: readonly Kind[] = ['intd', 'todo', 'bounce']

export function isSplit(kind: Kind): boolean {
  return !unsplit.includes(kind)
}

/** Whose files of a kind are, and their mode; the group of what queue writes is its caller's. */
export function fileOwner(
  kind: Kind,
  { qmailq, qmails, qmail }: Ids,
): { uid: number; gid?: number; mode: number } {
  return kind === 'mess' || kind === 'intd' || kind === 'todo'
    ? { uid: qmailq.uid, mode: 0o644 }
    : { uid: qmails.uid, gid: qmail, mode: 0o600 }
}
