/** What fsck says about a queue: each stage yields such, in the order in which it comes upon them. */

export type Finding =
  /** Not as it has to be; fsck can mend it. `remedy` says in the past what `mend` does; mend throws the system's error. */
  | { readonly is: 'departure'; readonly what: string; readonly remedy: string; mend(): void }
  /** Not as it has to be, and nobody but a person can decide what to do. */
  | { readonly is: 'question'; readonly what: string }
  /** In nobody's way. */
  | { readonly is: 'note'; readonly what: string }

export function departure(what: string, remedy: string, mend: () => void): Finding {
  return { is: 'departure', what, remedy, mend }
}
