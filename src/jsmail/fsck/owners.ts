/** Third stage of fsck: the files of messages have their owners and modes, without which a program could not read them, or too many could. */
import { entriesOf } from './entries.ts'
import { departure, type Finding } from './finding.ts'
import { fileOwner, kinds } from './layout.ts'
import type { Place } from './place.ts'
import { ownerText } from './tree.ts'

export function* owners(place: Place): Generator<Finding, void, void> {
  for (const kind of kinds) {
    const wanted = fileOwner(kind, place.ids)
    for (const { path } of entriesOf(place.queue, kind)) {
      const found = place.queue.status(path)
      if (found?.is !== 'file') continue
      const owner = { uid: wanted.uid, gid: wanted.gid ?? found.gid }
      if (found.uid === owner.uid && found.gid === owner.gid && found.mode === wanted.mode) continue
      yield departure(
        `${path}: ${ownerText(found, found.mode)}, not ${ownerText(owner, wanted.mode)}`,
        'set',
        () => place.queue.own(path, owner, wanted.mode),
      )
    }
  }
}
