/**
 * The commands that a spawner refuses before it looks at the message: qmail's checks, in qmail's order, since a command can be
 * wrong in more than one way. Beside spawner.ts. qmail-lspawn(8), qmail-rspawn(8).
 */
import type { Report } from '../delivery/delivery.ts'
import type { Command } from './command.ts'

/** A message id must be shorter than this (bytes). */
const MESSID_BYTES = 100

/** Digits, and slashes anywhere but in front: no way out of queue/mess. */
const numeric = /^(?:[0-9][0-9/]*)?$/

/** Why this command is not carried out; undefined when nothing speaks against it so far. */
export function refusalOf(
  command: Command,
  capacity: number,
  isBusy: (delnum: number) => boolean,
): Report | undefined {
  const { delnum, messid, recipient } = command
  if (command.isOversized) return { letter: 'Z', text: 'qmail-spawn out of memory. (#4.3.0)\n' }
  if (delnum >= capacity) return { letter: 'Z', text: 'Internal error: delnum too big. (#4.3.5)\n' }
  if (isBusy(delnum)) return { letter: 'Z', text: 'Internal error: delnum in use. (#4.3.5)\n' }
  if (!numeric.test(messid))
    return { letter: 'D', text: 'Internal error: messid has nonnumerics. (#5.3.5)\n' }
  if (messid.length >= MESSID_BYTES)
    return { letter: 'D', text: 'Internal error: messid too long. (#5.3.5)\n' }
  if (messid === '') return { letter: 'D', text: 'Internal error: messid too short. (#5.3.5)\n' }
  if (!recipient.includes('@'))
    return { letter: 'D', text: 'Sorry, address must include host name. (#5.1.3)\n' }
  return undefined
}
