/**
 * All hooks of one stage, in their order, as one verdict (hooks.md, Answers). The first that refuses, accepts for good or drops
 * decides; a recipient that one of them replaces is what the next one sees. Pure over the Hook port.
 */
import type { ByteString } from '../bytes/bytes.ts'
import type { Clock } from '../program/run.ts'
import type { Facts, Hook, Verdict } from './hook.ts'

/** Told of every verdict that is not "continue". */
export type Note = (verdict: {
  readonly hook: string
  readonly verdict: Verdict
  readonly ms: number
}) => void

export async function judge(
  hooks: readonly Hook[],
  facts: Facts,
  clock: Clock,
  note: Note,
): Promise<Verdict> {
  let recipient: ByteString | undefined
  for (const hook of hooks) {
    const began = clock.now()
    const verdict = await hook.run(recipient === undefined ? facts : { ...facts, recipient })
    if (verdict.is !== 'continue') note({ hook: hook.name, verdict, ms: clock.now() - began })
    if (verdict.is === 'continue') recipient = verdict.recipient ?? recipient
    else if (verdict.is === 'accept') break
    else return verdict
  }
  // "accept" ends the asking; what was replaced before it stays replaced.
  return recipient === undefined ? { is: 'continue' } : { is: 'continue', recipient }
}
