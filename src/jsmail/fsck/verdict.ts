/** Whether a message that has these files is in one of the states S1 to S5, and if not, what to do. Pure. INTERNALS §2, jsmail(8) */
import { type Kind, kinds } from './layout.ts'

/** One bit for each kind, in the order of `kinds`. */
export type Presence = number

export interface Verdict {
  readonly what: string
  readonly remedy:
    | { readonly is: 'lose'; readonly all: true }
    | { readonly is: 'lose'; readonly all: false; readonly some: readonly Kind[] }
    /** Somebody may still wait for it: by its envelope where that is whole, else by what is left. */
    | { readonly is: 'rebuild' }
}

export function verdict(files: Presence): Verdict | undefined {
  const has = (kind: Kind): boolean => (files & (1 << kinds.indexOf(kind))) !== 0
  const lose = (...some: readonly Kind[]): Verdict['remedy'] => ({ is: 'lose', all: false, some })
  if (files === 0) return undefined
  if (!has('mess')) return { what: `${listOf(files)} without a text`, remedy: { is: 'lose', all: true } }
  // S4: info, local and remote may be there, of an attempt that was interrupted.
  if (has('todo'))
    return has('bounce')
      ? { what: 'a bounce of a message that waits in todo', remedy: lose('bounce') }
      : undefined
  // S5. Its envelope goes before todo does.
  if (has('info'))
    return has('intd')
      ? { what: 'an envelope of a message that was taken up', remedy: lose('intd') }
      : undefined
  // S2, S3: garbage in time, or just being written.
  if (!has('local') && !has('remote') && !has('bounce')) return undefined
  return { what: `${listOf(files)} without info or todo`, remedy: { is: 'rebuild' } }
}

function listOf(files: Presence): string {
  return kinds.filter((kind, at) => kind !== 'mess' && (files & (1 << at)) !== 0).join(', ')
}
