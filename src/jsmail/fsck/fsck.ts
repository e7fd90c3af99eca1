/**
 * fsck: look at all of a queue, in stages of which each relies on what the ones before have mended; say what departs from what it has to
 * be; and mend that, if asked to. Nothing that could be somebody's mail is ever removed. jsmail(8)
 */
import { errnoOf, errorText } from '../../../lib/failure/errno.ts'
import { contents } from './contents.ts'
import { otherNames } from './entries.ts'
import type { Finding } from './finding.ts'
import { kinds } from './layout.ts'
import { numbers } from './numbers.ts'
import { owners } from './owners.ts'
import type { Place } from './place.ts'
import { places } from './places.ts'
import { states } from './states.ts'
import { tree } from './tree.ts'

export interface Checked {
  /** Departures that were mended. */
  mended: number
  /** Departures that are left, and questions. */
  left: number
  /** What could not be read or mended. */
  troubles: number
}

type Stage = (place: Place) => Iterable<Finding>

export const stages: readonly Stage[] = [tree, places, owners, numbers, states, contents, foreign]

export interface How {
  readonly isRepair: boolean
  print(text: string): void
}

/** Tell what the stages find, and mend it if that is asked for; on disk at the end of each stage. */
export function check(place: Place, { isRepair, print }: How, some: readonly Stage[] = stages): Checked {
  const checked: Checked = { mended: 0, left: 0, troubles: 0 }
  for (const stage of some) {
    try {
      for (const finding of stage(place)) take(finding, checked, isRepair, print)
      place.queue.sync()
      place.home.sync()
    } catch (error) {
      if (errnoOf(error) === '') throw error
      checked.troubles += 1
      print(`trouble: ${(error as Error).message}\n`)
    }
  }
  return checked
}

function take(finding: Finding, checked: Checked, isRepair: boolean, print: (text: string) => void): void {
  const { is, what } = finding
  if (is === 'note') {
    print(`note: ${what}\n`)
    return
  }
  if (is === 'question' || !isRepair) {
    checked.left += 1
    print(`${is === 'question' ? 'question: ' : ''}${what}\n`)
    return
  }
  try {
    finding.mend()
    checked.mended += 1
    print(`${what}: ${finding.remedy}\n`)
  } catch (error) {
    if (errnoOf(error) === '') throw error
    checked.left += 1
    checked.troubles += 1
    print(`${what}: cannot be mended: ${errnoOf(error) === 'ENOTEMPTY' ? 'not empty' : errorText(error)}\n`)
  }
}

/** Names that no program of a qmail looks at. */
function* foreign({ queue }: Place): Generator<Finding, void, void> {
  for (const kind of kinds) {
    for (const path of otherNames(queue, kind).foreign)
      yield { is: 'note', what: `${path}: belongs to nobody` }
  }
}

export function conclusion({ mended, left, troubles }: Checked, isRepair: boolean): string {
  if (mended === 0 && left === 0 && troubles === 0) return 'The queue is as it has to be.\n'
  const parts = [
    ...(mended > 0 ? [`${mended} mended`] : []),
    ...(left > 0 ? [`${left} left`] : []),
    ...(troubles > 0 ? [`${troubles} in trouble`] : []),
  ]
  return `${parts.join(', ')}${!isRepair && left > 0 ? '; jsmail fsck --repair mends what it can' : ''}\n`
}
