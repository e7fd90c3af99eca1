/**
 * What an exit code says (hooks.md, Answers), and what RCPTCHECK's codes say (qmail.md 19.1). One table for both directions of
 * reading it. Pure; called by by-program.ts.
 */
import type { ByteString } from '../bytes/bytes.ts'
import type { Exit } from '../exec/start.ts'
import type { Stage, Verdict } from './hook.ts'

/** Reply text beyond this is cut (bytes). */
export const REPLY_BYTES = 1000

/** `timeout`: it was killed at its deadline. `unstartable`: there was nothing to run. */
export type Outcome = Exit | { readonly is: 'timeout' } | { readonly is: 'unstartable' }

/** Exit codes by name, for the documentation of hooks and their tests. */
export const codes = {
  continue: [0],
  accept: [110],
  drop: [99],
  never: [1, 100, 31],
  /** Said on purpose; every other code is too, but then it may be a mistake, and `on-error` decides. */
  later: [71, 75, 111],
} as const

/** Did the program give an answer, rather than fail to give one? */
export function isAnswer(outcome: Outcome): boolean {
  return (
    outcome.is === 'code' && Object.values(codes).some((row) => row.some((code) => code === outcome.code))
  )
}

export function verdictOf(stage: Stage, outcome: Outcome, text: ByteString): Verdict {
  const reply = text.slice(0, REPLY_BYTES)
  const code = outcome.is === 'code' ? outcome.code : undefined
  const is = (row: readonly number[]): boolean => code !== undefined && row.includes(code)
  if (is(codes.continue)) return continued(stage, reply)
  if (is(codes.accept)) return { is: 'accept' }
  if (is(codes.drop)) return { is: 'drop' }
  return { is: 'refuse', retry: is(codes.never) ? 'never' : 'later', reply }
}

/** At `rcpt`, a line `=address` replaces the recipient. An address that cannot be one is a mistake of the program. */
function continued(stage: Stage, reply: ByteString): Verdict {
  if (stage !== 'rcpt' || !reply.startsWith('=')) return { is: 'continue' }
  const recipient = reply.slice(1).replace(/\r?\n$/, '')
  const isAddress = recipient.length > 0 && recipient.length < REPLY_BYTES - 1 && !/[\0\r\n]/.test(recipient)
  return isAddress ? { is: 'continue', recipient } : { is: 'refuse', retry: 'later', reply: '' }
}

/** The codes of the RCPTCHECK patch: everything that it does not name accepts. */
export function rcptCheckVerdict(outcome: Outcome, text: ByteString): Verdict {
  const said = text.slice(0, REPLY_BYTES)
  const reply = /^[45][0-9][0-9]/.test(said) ? said : ''
  if (outcome.is === 'unstartable' || outcome.is === 'timeout') return unsure(reply)
  if (outcome.is === 'signal') return unsure(reply)
  switch (outcome.code) {
    case 100:
      return {
        is: 'refuse',
        retry: 'never',
        reply: reply || '553 sorry, no mailbox here by that name. (#5.1.1)',
      }
    case 111:
    case 120:
    // A shell says so when it could not start the program.
    case 126:
    case 127:
      return unsure(reply)
    case 112:
      return { is: 'drop' }
    case 113:
      return { is: 'refuse', retry: 'later', reply: reply || '421 too many recipients for now (#4.7.1)' }
    default:
      return { is: 'continue' }
  }
}

function unsure(reply: ByteString): Verdict {
  return { is: 'refuse', retry: 'later', reply: reply || '421 unable to verify recipient (#4.3.0)' }
}
