/**
 * What a test can make the scripted far end say (far-end.ts): data only, so that a test shows its whole script.
 */

export type Reply =
  /** Lines between LF; each is sent with CRLF. */
  | string
  /** Exactly these bytes, in writes of `pieceBytes` (default: one write). */
  | { readonly bytes: Uint8Array; readonly pieceBytes?: number }
  /** Say something or nothing, then close politely, break the connection (RST), or never answer again. */
  | { readonly say?: string; readonly do: 'close' | 'reset' | 'stall' }

/** One reply for ever, one after the other (the last repeats), or made from the command line. */
export type Answer = Reply | readonly Reply[] | ((line: string) => Reply)

export interface Script {
  readonly greeting?: Reply
  /** EHLO keywords, offered after the host name. */
  readonly keywords?: readonly string[]
  /** By verb in upper case; `.` is the end of the message, `*` every verb that is not named. */
  readonly replies?: Readonly<Record<string, Answer>>
  /** Stop reading for good after so many bytes of message. */
  readonly stopInDataAfterBytes?: number
}
