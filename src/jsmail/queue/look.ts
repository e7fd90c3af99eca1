/** The commands of `jsmail queue` that only look: list, show, summary. Exit codes: jsmail(8). */
import { type ByteString, byteString } from '../../../lib/bytes/bytes.ts'
import type { MessageNumber } from '../../../lib/queue/paths.ts'
import { type Surroundings, TEMPORARY } from '../surroundings.ts'
import { Answers } from './answers.ts'
import { type Filter, fits } from './filter.ts'
import { jsonLine, messageJson } from './json.ts'
import { renderMessage, renderTotal, type Total } from './render.ts'
import { lookInto, renderShown, shownJson } from './show.ts'
import { Summary } from './summary.ts'
import { findMessage, walkQueue } from './walk.ts'

const ABSENT = 1

export async function list(
  { openQueue, now, print }: Surroundings,
  filter: Filter,
  asJson: boolean,
  answers: Answers,
): Promise<number> {
  const seconds = Math.floor(now() / 1000)
  const total: Total = { messages: 0, unprocessed: 0, sizeBytes: 0 }
  let code = 0
  for await (const message of walkQueue(openQueue())) {
    if (message.trouble !== undefined) code = TEMPORARY
    if (!fits(message, filter, seconds, answers)) continue
    total.messages += 1
    total.sizeBytes += message.sizeBytes
    if (message.isNew) total.unprocessed += 1
    print(asJson ? jsonLine(messageJson(message, answers)) : renderMessage(message, seconds, answers))
  }
  if (!asJson) print(renderTotal(total, Object.keys(filter).length > 0))
  return code
}

export async function show(
  surroundings: Surroundings,
  numbers: readonly MessageNumber[],
  how: 'text' | 'json' | 'message',
  answers: Answers,
): Promise<number> {
  const { openQueue, now, print, complain } = surroundings
  const keeper = openQueue()
  let code = 0
  for (const number of numbers) {
    const message = await findMessage(keeper, number)
    if (message === undefined) {
      complain(`jsmail: ${number}: not in the queue\n`)
      code = Math.max(code, ABSENT)
      continue
    }
    if (message.trouble !== undefined) code = TEMPORARY
    if (how === 'message') {
      for await (const chunk of keeper.scheduled.message(number)) print(byteString(chunk))
      continue
    }
    const shown = await lookInto(keeper, message)
    if (how === 'json') print(jsonLine(shownJson(shown, answers)))
    else print(renderShown(shown, Math.floor(now() / 1000), answers))
  }
  return code
}

/** `how`: JSON, or so many domains. */
export async function summarise(
  { openQueue, now, print }: Surroundings,
  filter: Filter,
  how: 'json' | number,
  answers: Answers,
): Promise<number> {
  const seconds = Math.floor(now() / 1000)
  const summary = new Summary()
  let code = 0
  for await (const message of walkQueue(openQueue())) {
    if (message.trouble !== undefined) code = TEMPORARY
    if (fits(message, filter, seconds, answers)) summary.add(message, seconds)
  }
  if (how === 'json') for (const row of summary.json()) print(jsonLine(row))
  else print(summary.render(how))
  return code
}

/** The last answers out of these logs, which come in the order of time. Throws the system's error. */
export async function readAnswers({ readLog }: Surroundings, paths: readonly ByteString[]): Promise<Answers> {
  const answers = new Answers()
  for (const path of paths) {
    for await (const chunk of readLog(path)) answers.receive(chunk)
    answers.end()
  }
  return answers
}
