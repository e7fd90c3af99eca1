/**
 * The Hook port: somebody else's program looks at one moment in the life of a message and gives a verdict. The contract
 * of facts and exit codes is the page hooks.md of the manual; adapters: by-program.ts, later WebAssembly and JavaScript modules.
 */
import type { ByteString } from '../bytes/bytes.ts'

export type Stage =
  | 'connect'
  | 'helo'
  | 'auth'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'verb'
  | 'message'
  | 'remote'
  | 'result'
  | 'bounce'

export interface Facts {
  readonly helo: ByteString
  readonly sender: ByteString
  readonly recipient: ByteString
  /** Number of recipients accepted so far. */
  readonly recipientCount: number
  /** NAME=value: ESMTP parameters (`MAIL:SIZE`), on descriptor 3 after the three fields. */
  readonly extras: readonly (readonly [name: ByteString, value: ByteString])[]
  /** The client's variables (TCPREMOTEIP ...), in the program's environment. */
  readonly env: Readonly<Record<string, ByteString | undefined>>
}

export type Verdict =
  | { readonly is: 'continue'; readonly recipient?: ByteString }
  /** Accept, and run no further hook of this stage. */
  | { readonly is: 'accept' }
  /** `reply` is the hook's own text, made safe, at most 1,000 bytes; empty when it gave none. */
  | { readonly is: 'refuse'; readonly retry: 'later' | 'never'; readonly reply: ByteString }
  /** The client sees success; nothing is queued. */
  | { readonly is: 'drop' }

/** One hook, ready to run. It never throws, and has its answer before its deadline. */
export interface Hook {
  readonly name: string
  run(facts: Facts): Promise<Verdict>
}
