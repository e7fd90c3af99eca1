/**
 * A failure is a value. It says whether trying again later may help, which kind of trouble it was
 * (the subject and detail of an RFC 3463 status, without the class digit, because the class is `retry`), and
 * a text that strangers may read. Each edge renders it once: an exit code, an SMTP reply, a report letter.
 *
 * What nobody has classified is `later`: a local fault never bounces anybody's mail.
 */

export interface Failure {
  readonly retry: 'later' | 'never'
  /** RFC 3463 `subject "." detail`, as in 4.3.0 without the 4. */
  readonly subject: `${number}.${number}`
  /** For strangers: no paths, no rule names. A ByteString where it quotes bytes of others. */
  readonly text: string
  /** For the log only. */
  readonly cause?: unknown
}

export type Result<T, F extends Failure = Failure> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: F }

/** Trying again later may help. */
export function temporary(subject: Failure['subject'], text: string, cause?: unknown): Failure {
  return { retry: 'later', subject, text, cause }
}

/** Never use this for a local fault (disk, memory, configuration, DNS trouble, our own mistake). */
export function permanent(subject: Failure['subject'], text: string, cause?: unknown): Failure {
  return { retry: 'never', subject, text, cause }
}

interface Ok<T> {
  readonly ok: true
  readonly value: T
}

export function ok(): Ok<undefined>
export function ok<T>(value: T): Ok<T>
export function ok<T>(value?: T): Ok<T | undefined> {
  return { ok: true, value }
}

export function failed<F extends Failure>(failure: F): { readonly ok: false; readonly failure: F } {
  return { ok: false, failure }
}

/** The RFC 3463 status: class digit from `retry`, then the subject. */
export function status(failure: Failure): string {
  return `${failure.retry === 'later' ? 4 : 5}.${failure.subject}`
}

/** Every qmail program that can fail both ways: 111 means try later, 100 means never. */
export function exitCode(failure: Failure): 111 | 100 {
  return failure.retry === 'later' ? 111 : 100
}
