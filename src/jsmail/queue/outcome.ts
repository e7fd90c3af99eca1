/** What became of a command about messages by number, as lines and as one exit code. Pure. jsmail(8), EXIT CODES */
import type { MessageNumber } from '../../../lib/queue/paths.ts'

/** `absent`: the queue has no message of that number. `refused`: not now. */
export type Outcome =
  | { readonly is: 'done'; readonly text: string }
  | { readonly is: 'absent' }
  | { readonly is: 'refused'; readonly text: string }

export const done = (text: string): Outcome => ({ is: 'done', text })
export const absent: Outcome = { is: 'absent' }
export const refused = (text: string): Outcome => ({ is: 'refused', text })

export interface Voices {
  print(text: string): void
  complain(text: string): void
}

const codes: Readonly<Record<Outcome['is'], number>> = { done: 0, absent: 1, refused: 111 }

/** One message after the other; the worst code. */
export async function forEachNumber(
  numbers: readonly MessageNumber[],
  { print, complain }: Voices,
  act: (number: MessageNumber) => Promise<Outcome>,
): Promise<number> {
  let code = 0
  for (const number of numbers) {
    const outcome = await act(number)
    code = Math.max(code, codes[outcome.is])
    if (outcome.is === 'done') print(`${number}: ${outcome.text}\n`)
    else complain(`jsmail: ${number}: ${outcome.is === 'absent' ? 'not in the queue' : outcome.text}\n`)
  }
  return code
}
