/**
 * What a bench knows of a mail server: how to start it with an empty queue, where mail goes in, and where it can be seen. jsmail.ts and
 * postfix.ts are the servers; a workload (workloads/) drives them all in the same way.
 */

export interface ServerPlan {
  /** An empty folder on the disk that is measured. */
  readonly folder: string
  readonly port: number
  /** Accept and keep: nothing is delivered. */
  readonly hold: boolean
}

export interface Server {
  readonly name: string
  /** What it does before it answers 250. */
  readonly durability: string
  readonly port: number
  /** Its processes are these and all beneath them. */
  readonly pids: readonly number[]
  /** The Maildir of you@example.test. */
  readonly maildir: string
  /** With `hold`: the messages that lie in the queue, each as far as its bytes can be read without the server. */
  held(): readonly HeldMessage[]
  /** Resolves when the server has nothing left to do but wait. */
  settled(): Promise<void>
  stop(): Promise<void>
}

export interface HeldMessage {
  /** The message as received, LF line ends, or undefined where the queue has a format of its own. */
  readonly bytes?: Buffer
}

export type StartServer = (plan: ServerPlan) => Promise<Server | { readonly missing: string }>
