/**
 * The effects of a session, fulfilled: tables are asked, programs are started, and one message at a time goes to the queue.
 * Called by serve.ts. What needs no waiting is answered at once and costs no tick.
 */
import type { Log } from '../../lib/program/log.ts'
import { ok } from '../../lib/failure/failure.ts'
import { judge, type Note } from '../../lib/hook/judge.ts'
import type { OpenSubmission, Submission } from '../../lib/queue/submission.ts'
import { lookUpFirst } from '../../lib/table/suffix.ts'
import { variable } from './client.ts'
import type { Heap } from './heap.ts'
import type { Commit, Context, Effect, Open, Step } from './session.ts'

/** What fulfilling takes. */
export interface Tools {
  readonly context: Context
  readonly submit: OpenSubmission
  readonly heap: Heap
  readonly log: Log
}

export class Wishes {
  readonly #tools: Tools
  #submission: Submission | undefined
  #isAbandoned = false

  constructor(tools: Tools) {
    this.#tools = tools
  }

  fulfil(effect: Effect): Step | Promise<Step> {
    switch (effect.wants) {
      case 'find':
        return lookUpFirst(effect.table, effect.keys).then(effect.resume)
      case 'verdict':
        return judge(effect.hooks, effect.facts, this.#tools.context.clock, this.#note).then(effect.resume)
      case 'submission':
        return this.#open(effect)
      case 'write': {
        this.#tools.heap.passed(effect.bytes.length)
        const room = this.#submission?.write(effect.bytes)
        return room === undefined ? effect.resume(undefined) : room.then(() => effect.resume(undefined))
      }
      case 'commit':
        return this.#commit(effect)
      case 'abort':
        return this.#abort().then(() => effect.resume(undefined))
    }
  }

  /** The client is gone: a message that was not committed is none. */
  abandon(): void {
    this.#isAbandoned = true
    void this.#abort()
  }

  async #open({ facts, resume }: Open): Promise<Step> {
    const opened = await this.#tools.submit(facts)
    if (!opened.ok) {
      this.#report(opened.failure)
      return resume(opened)
    }
    this.#submission = opened.value
    if (this.#isAbandoned) await this.#abort()
    return resume(ok())
  }

  async #commit({ envelope, resume }: Commit): Promise<Step> {
    const submission = this.#submission
    this.#submission = undefined
    if (submission === undefined) throw new Error('commit without a submission')
    const result = await submission.commit(envelope)
    if (!result.ok) this.#report(result.failure)
    return resume(result)
  }

  async #abort(): Promise<void> {
    const submission = this.#submission
    this.#submission = undefined
    await submission?.abort()
  }

  /** The client hears a general word; the operator the cause. */
  #report({ text, cause }: { readonly text: string; readonly cause?: unknown }): void {
    this.#tools.log('queue', {
      ip: this.#ip(),
      error: text,
      cause: cause === undefined ? undefined : String(cause),
    })
  }

  readonly #note: Note = ({ hook, verdict, ms }) => {
    const said = verdict.is === 'refuse' ? { retry: verdict.retry, text: verdict.reply } : {}
    const fields = { ip: this.#ip(), hook, verdict: verdict.is, ...said, ms }
    this.#tools.log('hook', fields)
    this.#tools.context.trace('hook', fields)
  }

  #ip(): string | undefined {
    return variable(this.#tools.context.client, 'TCPREMOTEIP')
  }
}
