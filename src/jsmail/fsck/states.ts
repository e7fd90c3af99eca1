/**
 * Fifth stage of fsck: the files of each message together are one of the states S1 to S5 (INTERNALS §2). What is missing is made again
 * from what is there, as far as somebody can still get the message; what belongs to no message is moved to lost.
 */
import type { MessageNumber } from '../../../lib/queue/paths.ts'
import { isWholeEnvelope } from './contents.ts'
import { entriesOf, otherNames, pathOf } from './entries.ts'
import { departure, type Finding } from './finding.ts'
import { fileOwner, type Kind, kinds } from './layout.ts'
import { moveToLost, type Place } from './place.ts'
import { type Presence, verdict, type Verdict } from './verdict.ts'

export function* states(place: Place): Generator<Finding, void, void> {
  for (const [number, files] of walk(place)) {
    if (verdict(files.present) === undefined) continue
    const now = lookUntilSettled(place, number, files.elsewhere)
    const found = verdict(now)
    if (found !== undefined) yield asFinding(place, number, found, now)
  }
}

interface Files {
  present: Presence
  /** Of these, what does not lie where qmail has it. */
  elsewhere: Presence
}

function walk({ queue }: Place): ReadonlyMap<MessageNumber, Files> {
  const found = new Map<MessageNumber, Files>()
  const note = (number: MessageNumber, bit: Presence, isRight: boolean): void => {
    const files = found.get(number) ?? { present: 0, elsewhere: 0 }
    files.present |= bit
    if (!isRight) files.elsewhere |= bit
    found.set(number, files)
  }
  for (const [at, kind] of kinds.entries()) {
    for (const { number, isRight, isFile } of entriesOf(queue, kind))
      if (isFile) note(number, 1 << at, isRight)
    for (const { from } of otherNames(queue, kind).staged) note(from, 1 << at, false)
  }
  return found
}

const LOOKS = 8

/** While send runs a message may be in motion: it is looked at until two looks agree. What lies elsewhere does not move. */
function lookUntilSettled({ queue }: Place, number: MessageNumber, elsewhere: Presence): Presence {
  const look = (): Presence =>
    kinds.reduce(
      (bits, kind, at) => (queue.status(pathOf(kind, number))?.is === 'file' ? bits | (1 << at) : bits),
      elsewhere,
    )
  let before = look()
  for (let count = 0; count < LOOKS; count++) {
    const after = look()
    if (after === before) break
    before = after
  }
  return before
}

function asFinding(place: Place, number: MessageNumber, { what, remedy }: Verdict, files: Presence): Finding {
  const path = (kind: Kind): string => pathOf(kind, number)
  const lose = (some: readonly Kind[]) => (): void => {
    for (const kind of some) if (place.queue.exists(path(kind))) moveToLost(place, path(kind))
  }
  const present = kinds.filter((_, at) => (files & (1 << at)) !== 0)
  switch (remedy.is) {
    case 'lose':
      return departure(`${number}: ${what}`, 'moved to lost', lose(remedy.all ? present : remedy.some))
    case 'rebuild':
      if (isWholeEnvelope(place.queue, path('intd')))
        return departure(`${number}: ${what}`, 'queued anew by its envelope', () => {
          lose(['bounce'])()
          place.queue.link(path('intd'), path('todo'))
        })
      return departure(`${number}: ${what}`, 'taken up anew, with an empty sender', () => {
        lose(['intd'])()
        writeInfo(place, number)
      })
  }
}

/** Its birth is that of the text. A failure is told to the postmaster, as for every message without a sender. */
function writeInfo(place: Place, number: MessageNumber): void {
  const { queue, ids } = place
  const { uid, gid = ids.qmail, mode } = fileOwner('info', ids)
  const birth = (queue.status(pathOf('info', number)) ?? queue.status(pathOf('mess', number)))?.mtimeSeconds
  queue.write(pathOf('info', number), Buffer.from('F\0'), { uid, gid }, mode, birth)
}
