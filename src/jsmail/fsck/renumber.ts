/**
 * Give messages other numbers, all their files with them. A crash at any point loses nothing, keeps the old number blocked until
 * nothing bears it, and is finished by the next fsck. Each step is done for all messages, and on disk, before the next begins:
 *
 *   1  the text gets a second name, FROM.is.TO         4  the old name of the text goes
 *   2  its companions are renamed so                    5  the companions get their new number
 *   3  whoever bears the new number without a text      6  the text does
 *      is moved to lost
 *
 * While the old name is there (1 to 4) no new message can get its number; the new number cannot be given away because it is the inode
 * of this text. Names with a word in them are nobody's to send and clean.
 */
import type { MessageNumber } from '../../../lib/queue/paths.ts'
import { pathOf, stagedPath } from './entries.ts'
import { companions } from './layout.ts'
import { moveToLost, type Place } from './place.ts'

export interface Renumbering {
  readonly from: MessageNumber
  /** The inode number of its text. */
  readonly to: MessageNumber
}

export function renumber(place: Place, all: readonly Renumbering[]): void {
  const { queue } = place
  // Without its old name, an interrupted one has the first four steps behind it.
  const fresh = all.filter(({ from, to }) => queue.status(pathOf('mess', from))?.inode === to)
  const steps: readonly (readonly [readonly Renumbering[], (one: Renumbering) => void])[] = [
    [fresh, (one) => nameTwice(place, one)],
    [fresh, (one) => stageCompanions(place, one)],
    [fresh, (one) => clearTarget(place, one)],
    [fresh, ({ from }) => queue.unlink(pathOf('mess', from))],
    [all, (one) => nameCompanions(place, one)],
    [all, ({ from, to }) => renameIfThere(place, stagedPath('mess', from, to), pathOf('mess', to))],
  ]
  for (const [some, step] of steps) {
    for (const one of some) step(one)
    queue.sync()
  }
}

function nameTwice({ queue }: Place, { from, to }: Renumbering): void {
  const staged = stagedPath('mess', from, to)
  if (!queue.exists(staged)) queue.link(pathOf('mess', from), staged)
}

function stageCompanions(place: Place, { from, to }: Renumbering): void {
  for (const kind of companions) renameIfThere(place, pathOf(kind, from), stagedPath(kind, from, to))
}

/** Every message of this batch has left its old number by now: what bears this one has no text. */
function clearTarget(place: Place, { to }: Renumbering): void {
  for (const kind of companions) if (place.queue.exists(pathOf(kind, to))) moveToLost(place, pathOf(kind, to))
}

function nameCompanions(place: Place, { from, to }: Renumbering): void {
  for (const kind of companions) renameIfThere(place, stagedPath(kind, from, to), pathOf(kind, to))
}

function renameIfThere({ queue }: Place, from: string, to: string): void {
  if (queue.exists(from)) queue.rename(from, to)
}
