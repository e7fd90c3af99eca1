/** `jsmail fsck` on the command line, and what must hold before it begins. jsmail(8) */
import { Command } from 'commander'
import { errorText } from '../../../lib/failure/errno.ts'
import { type Surroundings, TEMPORARY } from '../surroundings.ts'
import { check, type Checked, conclusion } from './fsck.ts'
import type { Locks } from './locks.ts'
import type { Place } from './place.ts'
import { tree } from './tree.ts'

const LEFT = 1

/** `end` is told the exit code. */
export function fsckCommand(surroundings: Surroundings, end: (code: number) => void): Command {
  return new Command('fsck')
    .description('is the queue as it has to be?')
    .option('--repair', 'mend what is not; send and the resident queue must not run')
    .action(({ repair }: { readonly repair?: boolean }) => end(fsck(surroundings, repair === true)))
}

function fsck(surroundings: Surroundings, isRepair: boolean): number {
  const { print, complain } = surroundings
  const place = surroundings.place()
  if (typeof place === 'string') {
    complain(`jsmail: ${place}\n`)
    return TEMPORARY
  }
  const hindrance = hindranceOf(place)
  if (hindrance !== undefined) {
    complain(`jsmail: ${hindrance}\n`)
    return TEMPORARY
  }
  const checked = isRepair ? repair(place, surroundings) : check(place, { isRepair, print })
  if (checked === undefined) return TEMPORARY
  print(conclusion(checked, isRepair))
  if (checked.troubles > 0) return TEMPORARY
  return checked.left > 0 ? LEFT : 0
}

/** A queue is made where a home is, and nowhere else. */
function hindranceOf({ home, queue, self }: Place): string | undefined {
  if (home.status('control')?.is !== 'directory') return 'there is no directory control here: this is no home'
  const owner = queue.status('.')?.uid
  if (self.uid !== 0 && owner !== undefined && owner !== self.uid)
    return `the queue belongs to user ${owner}: run this as root`
  return undefined
}

function repair(place: Place, surroundings: Surroundings): Checked | undefined {
  const how = { isRepair: true, print: surroundings.print }
  const first = hold(surroundings)
  if (first === undefined) return undefined
  let made: Checked = { mended: 0, left: 0, troubles: 0 }
  try {
    // A mutex that is missing, or none, must be made before it can be held.
    if (place.queue.status('lock/sendmutex')?.is !== 'file') made = check(place, how, [tree])
  } finally {
    first.release()
  }
  const locks = hold(surroundings)
  if (locks === undefined) return undefined
  try {
    const { mended, left, troubles } = check(place, how)
    return { mended: mended + made.mended, left, troubles }
  } finally {
    locks.release()
  }
}

function hold({ holdLocks, complain }: Surroundings): Locks | undefined {
  try {
    const locks = holdLocks()
    if (typeof locks !== 'string') return locks
    complain(
      `jsmail: ${locks === 'send' ? 'send runs' : 'the resident queue runs'}: stop it first, or look without --repair\n`,
    )
  } catch (error) {
    complain(`jsmail: unable to hold the locks of the queue: ${errorText(error)}\n`)
  }
  return undefined
}
