/**
 * Fourth stage of fsck: the number of a message is the inode number of its text; otherwise a new message could be given the number of
 * one that is there. After a restore from backup no number is right. All files of a message are renamed together, and many messages
 * at once, since one's new number may be another's old one.
 */
import type { MessageNumber } from '../../../lib/queue/paths.ts'
import { entriesOf, otherNames, pathOf, stagedPath } from './entries.ts'
import { departure, type Finding } from './finding.ts'
import { companions, kinds } from './layout.ts'
import type { Place } from './place.ts'
import { renumber, type Renumbering } from './renumber.ts'

export function* numbers(place: Place): Generator<Finding, void, void> {
  const wanted: Renumbering[] = []
  /** Which message a text belongs to, by its inode. */
  const belongsTo = new Map<string, MessageNumber>()
  for (const interrupted of unfinished(place)) {
    const { from, to } = interrupted
    yield departure(`${pathOf('mess', from)}: half renumbered to ${to}`, 'finished', () =>
      wanted.push(interrupted),
    )
    belongsTo.set(to, from)
  }
  const known = new Set(belongsTo.keys())
  for (const { number, path, isFile } of entriesOf(place.queue, 'mess')) {
    const inode = isFile ? place.queue.status(path)?.inode : undefined
    if (inode === undefined) continue
    const owner = rightOne(place, inode) ?? belongsTo.get(inode) ?? number
    belongsTo.set(inode, owner)
    if (owner !== number) yield twin(place, number, path, owner, wanted)
    else if (inode !== number && !known.has(inode)) {
      yield departure(`${path}: its inode number is ${inode}`, `renumbered ${inode}`, () =>
        wanted.push({ from: number, to: inode }),
      )
    }
  }
  if (wanted.length > 0) renumber(place, wanted)
}

/** Renumberings that a crash has interrupted: their names are in the queue. */
function unfinished({ queue }: Place): readonly Renumbering[] {
  const found = new Map<string, Renumbering>()
  for (const kind of kinds)
    for (const { from, to } of otherNames(queue, kind).staged) found.set(`${from} ${to}`, { from, to })
  // Without its text a renumbering has no aim: what is left of it is no message.
  return [...found.values()].filter(({ from, to }) => {
    const text = queue.status(stagedPath('mess', from, to)) ?? queue.status(pathOf('mess', from))
    return text?.inode === to
  })
}

/** The message whose number this inode is, if it has this text. */
function rightOne({ queue }: Place, inode: string): MessageNumber | undefined {
  return queue.status(pathOf('mess', inode))?.inode === inode ? inode : undefined
}

/** A second name of a text: without an envelope it is nobody's; with one it is a message, and needs a text of its own. */
function twin(
  place: Place,
  number: MessageNumber,
  path: string,
  other: MessageNumber,
  wanted: Renumbering[],
): Finding {
  const { queue } = place
  const isMessage = companions.some((kind) => queue.exists(pathOf(kind, number)))
  const what = `${path}: the same file as ${pathOf('mess', other)}`
  if (!isMessage) return departure(what, 'this name removed', () => queue.unlink(path))
  return departure(what, 'copied and renumbered', () => {
    const copy = `${path}.copy`
    if (queue.exists(copy)) queue.unlink(copy)
    queue.copy(path, copy)
    queue.rename(copy, path)
    const inode = queue.status(path)?.inode
    if (inode !== undefined) wanted.push({ from: number, to: inode })
  })
}
