/**
 * `jsmail queue show`: all that the queue knows of one message, with the header of its text and what its sender will be told. What
 * people get is safe for a terminal; at most SHOWN_BYTES of header and bounce. jsmail(8)
 */
import { type ByteString, byteString } from '../../../lib/bytes/bytes.ts'
import { errnoOf } from '../../../lib/failure/errno.ts'
import type { QueueKeeper } from '../../../lib/queue/keeper.ts'
import type { MessageNumber } from '../../../lib/queue/paths.ts'
import type { Answers } from './answers.ts'
import { bytesJson, messageJson, timeText } from './json.ts'
import type { Listed } from './message.ts'
import { renderMessage } from './render.ts'

export const SHOWN_BYTES = 65_536

export interface Shown {
  readonly message: Listed
  /** ESMTP parameters as info/N has them: `M RET=HDRS`, `L 0 NOTIFY=NEVER`. */
  readonly parameters: readonly ByteString[]
  /** The header of the text, without the empty line. */
  readonly header: ByteString
  /** Paragraphs of recipients that failed; empty without. */
  readonly bounce: ByteString
}

export async function lookInto(keeper: QueueKeeper, message: Listed): Promise<Shown> {
  const { number } = message
  const text = await beginning(keeper.scheduled.message(number), (read) => read.includes('\n\n'))
  const end = text.indexOf('\n\n')
  return {
    message,
    parameters: message.isNew ? [] : await parametersOf(keeper, number),
    header: end === -1 ? text : text.slice(0, end + 1),
    bounce: await beginning(keeper.bounces.read(number), () => false),
  }
}

async function parametersOf(keeper: QueueKeeper, number: MessageNumber): Promise<readonly ByteString[]> {
  const found: ByteString[] = []
  try {
    for await (const extra of keeper.scheduled.extras(number))
      if (extra.startsWith('x1 ')) found.push(extra.slice(3))
  } catch (error) {
    if (errnoOf(error) === '') throw error
  }
  return found
}

/** What cannot be read is empty: the list has said why. */
async function beginning(
  chunks: AsyncIterable<Uint8Array>,
  isEnough: (read: ByteString) => boolean,
): Promise<ByteString> {
  let read = ''
  try {
    for await (const chunk of chunks) {
      read += byteString(chunk)
      if (read.length >= SHOWN_BYTES || isEnough(read)) break
    }
  } catch (error) {
    if (errnoOf(error) === '') throw error
  }
  return read.slice(0, SHOWN_BYTES)
}

export function renderShown(shown: Shown, nowSeconds: number, answers: Answers): string {
  const { message, parameters, header, bounce } = shown
  const { birthSeconds, isNew } = message
  const since =
    birthSeconds === undefined ? '' : `    ${isNew ? 'queued' : 'since'} ${timeText(birthSeconds)}\n`
  return [
    renderMessage(message, nowSeconds, answers),
    since,
    block('parameters', parameters.map((each) => `${each}\n`).join('')),
    block('the sender will be told', bounce),
    block('header', header),
  ].join('')
}

function block(title: string, text: ByteString): string {
  if (text === '') return ''
  const lines = text.replace(/\n+$/, '').split('\n')
  return `    ${title}:\n${lines.map((line) => `        ${line.replace(/[^ -~]/g, '_')}`.trimEnd()).join('\n')}\n`
}

export function shownJson({ message, parameters, header, bounce }: Shown, answers: Answers) {
  return {
    ...messageJson(message, answers),
    parameters,
    ...bytesJson('header', header),
    ...(bounce === '' ? {} : bytesJson('bounce', bounce)),
  }
}
