/**
 * What the keeper has just written itself, so that the first delivery of a message need not read it back: facts and recipients
 * of the last messages that were preprocessed. Only a shortcut: whatever is missing here is read from the files, and so is
 * a channel that somebody else has changed (a queue tool that takes a recipient away).
 * Memory: at most BUDGET_BYTES; the oldest are forgotten first.
 */
import type { ChannelRecord } from '../envelope/record.ts'
import type { MessageFacts } from './keeper.ts'
import type { Channel, MessageNumber } from './paths.ts'

export interface FreshRecipients {
  readonly records: readonly ChannelRecord[]
  /** FileStatus.changed of the channel file when it held exactly these. */
  readonly changed: string
}

interface Remembered {
  readonly facts: MessageFacts
  readonly recipients: Map<Channel, FreshRecipients>
  readonly sizeBytes: number
}

const BUDGET_BYTES = 1 << 20
/** What the objects around a message and around a recipient take, about. */
const MESSAGE_BYTES = 400
const RECIPIENT_BYTES = 100

/** A message with more recipients is read from its files: the reading is then a small part of the work. */
export const FRESH_RECIPIENTS = 100

export class FreshMessages {
  readonly #messages = new Map<MessageNumber, Remembered>()
  #sizeBytes = 0

  remember(number: MessageNumber, facts: MessageFacts, recipients: Map<Channel, FreshRecipients>): void {
    this.forget(number)
    let sizeBytes = MESSAGE_BYTES + facts.sender.length
    for (const { records } of recipients.values()) {
      for (const { recipient } of records) sizeBytes += RECIPIENT_BYTES + recipient.length
    }
    this.#messages.set(number, { facts, recipients, sizeBytes })
    this.#sizeBytes += sizeBytes
    for (const oldest of this.#messages.keys()) {
      if (this.#sizeBytes <= BUDGET_BYTES) break
      this.forget(oldest)
    }
  }

  facts(number: MessageNumber): MessageFacts | undefined {
    return this.#messages.get(number)?.facts
  }

  /** Once for each channel: as soon as a recipient is marked, only the file is right. */
  takeRecipients(number: MessageNumber, channel: Channel): FreshRecipients | undefined {
    const recipients = this.#messages.get(number)?.recipients
    const taken = recipients?.get(channel)
    recipients?.delete(channel)
    return taken
  }

  forget(number: MessageNumber): void {
    const remembered = this.#messages.get(number)
    if (remembered === undefined) return
    this.#messages.delete(number)
    this.#sizeBytes -= remembered.sizeBytes
  }
}
