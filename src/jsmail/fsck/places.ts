/**
 * Second stage of fsck: every file with a message number lies where qmail looks for it, once. A queue that was not split, was split
 * otherwise, or had the big-todo patch is moved file by file; of two message files with one number, the inode decides.
 */
import { type Entry, entriesOf, oddDirectories, pathOf } from './entries.ts'
import { departure, type Finding } from './finding.ts'
import { kinds } from './layout.ts'
import { moveToLost, type Place } from './place.ts'

export function* places(place: Place): Generator<Finding, void, void> {
  for (const kind of kinds) {
    for (const entry of entriesOf(place.queue, kind)) {
      const { path, isRight, isFile } = entry
      if (!isFile) {
        const found = place.queue.status(path)
        if (found === undefined || found.is === 'file') continue
        yield departure(`${path}: no file`, 'moved to lost', () => void moveToLost(place, path))
      } else if (!isRight) yield misplaced(place, entry)
    }
    for (const path of oddDirectories(place.queue, kind))
      yield departure(`${path}: no directory of the queue`, 'removed, it was empty', () =>
        place.queue.removeDirectory(path),
      )
  }
}

function misplaced(place: Place, entry: Entry): Finding {
  const { queue } = place
  const { kind, number, path } = entry
  const right = pathOf(kind, number)
  const there = queue.status(right)
  if (there === undefined)
    return departure(`${path}: belongs at ${right}`, 'moved there', () => queue.rename(path, right))
  const isBetter = kind === 'mess' && there.inode !== number && queue.status(path)?.inode === number
  return departure(
    `${path}: belongs at ${right}, which is there too`,
    isBetter ? 'moved there, the other one to lost' : 'moved to lost',
    () => {
      moveToLost(place, isBetter ? right : path)
      if (isBetter) queue.rename(path, right)
    },
  )
}
