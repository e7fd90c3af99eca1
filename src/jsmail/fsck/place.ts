/**
 * What fsck looks at: one home, its queue, and who is who there. And where it puts what belongs to nobody: `queue/lost`, from
 * which a person can take it back; nothing that could be somebody's mail is removed.
 */
import type { Id, Ids } from '../../../lib/users/ids.ts'
import type { Disk } from './disk.ts'

export interface Place {
  readonly queue: Disk
  readonly home: Disk
  readonly ids: Ids
  /** Who runs fsck. */
  readonly self: Id
}

const LOST = 'lost'
const MODE = 0o700

/** Where it is now. */
export function moveToLost(place: Place, path: string): string {
  const to = freeName(place, path)
  place.queue.rename(path, to)
  return to
}

export function copyToLost(place: Place, path: string): string {
  const to = freeName(place, path)
  place.queue.copy(path, to)
  return to
}

function freeName({ queue, self }: Place, path: string): string {
  if (!queue.exists(LOST)) {
    queue.makeDirectory(LOST)
    queue.own(LOST, self, MODE)
  }
  const name = `${LOST}/${path.replaceAll('/', '.')}`
  for (let count = 1; ; count++) {
    const free = count === 1 ? name : `${name}.${count}`
    if (!queue.exists(free)) return free
  }
}
