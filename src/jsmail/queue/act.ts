/**
 * The commands of `jsmail queue` that change something: retry, remove, bounce. What may be changed while send runs is decided here, by
 * its mutex, and in the files that each is handed to. Each message that was changed is traced. jsmail(8)
 */
import type { ByteString } from '../../../lib/bytes/bytes.ts'
import { mapOf } from '../../../lib/control/lines.ts'
import { errorText } from '../../../lib/failure/errno.ts'
import type { MessageNumber } from '../../../lib/queue/paths.ts'
import { type Surroundings, TEMPORARY } from '../surroundings.ts'
import { bounceMessage } from './bounce.ts'
import type { Mutex } from './mutex.ts'
import { forEachNumber, type Outcome } from './outcome.ts'
import { removeMessage } from './remove.ts'
import { retryAll, retryMessage } from './retry.ts'

/** Told to a sender when the administrator says nothing else. */
const REASON = 'The postmaster of this host has taken the message out of its queue. (#5.0.0)'

/** Files of other users are removed by root; written they are by their owner. */
export function removeAll(surroundings: Surroundings, numbers: readonly MessageNumber[]): Promise<number> {
  const keeper = surroundings.openQueue()
  return withMutex(surroundings, async (isSendRunning) => {
    if (isSendRunning && !isSender(surroundings)) return TEMPORARY
    return forEachNumber(
      numbers,
      surroundings,
      traced(surroundings, 'remove', (number) => removeMessage(keeper, number, isSendRunning)),
    )
  })
}

/** As the user of send, because a bounce file that is made here must be his. */
export async function bounceAll(
  surroundings: Surroundings,
  numbers: readonly MessageNumber[],
  reason: ByteString = REASON,
): Promise<number> {
  const { controls, complain, now, pause } = surroundings
  const virtualdomains = controls.list('virtualdomains')
  if (!virtualdomains.ok) {
    complain(`jsmail: ${virtualdomains.failure.text}\n`)
    return TEMPORARY
  }
  if (!isSender(surroundings)) return TEMPORARY
  const parts = {
    keeper: surroundings.openQueue(),
    reason,
    virtualdomains: mapOf(virtualdomains.value ?? []),
    nowSeconds: Math.floor(now() / 1000),
    pause,
  }
  return withMutex(surroundings, () =>
    forEachNumber(
      numbers,
      surroundings,
      traced(surroundings, 'bounce', (number) => bounceMessage(number, parts)),
    ),
  )
}

export function retry(surroundings: Surroundings, wanted: readonly MessageNumber[] | 'all'): Promise<number> {
  const { openQueue, now, print, complain } = surroundings
  const nowSeconds = Math.floor(now() / 1000)
  return withMutex(surroundings, async (isSendRunning) => {
    if (isSendRunning) return wanted === 'all' ? alarmSend(surroundings) : refuse(surroundings)
    if (!isSender(surroundings)) return TEMPORARY
    if (wanted !== 'all')
      return forEachNumber(wanted, surroundings, (number) => retryMessage(openQueue(), number, nowSeconds))
    const { count, isWhole } = await retryAll(openQueue(), nowSeconds, complain)
    print(`${count} ${count === 1 ? 'message is' : 'messages are'} tried as soon as send starts\n`)
    return isWhole ? 0 : TEMPORARY
  })
}

/** From here on everything is done as the user of send; false after a line that says why not. */
function isSender({ becomeSender, complain }: Surroundings): boolean {
  const hindrance = becomeSender()
  if (hindrance !== undefined) complain(`jsmail: ${hindrance}\n`)
  return hindrance === undefined
}

function alarmSend({ findSend, alarm, print, complain }: Surroundings): number {
  const pid = findSend()
  if (pid === undefined) {
    complain('jsmail: send runs, but its process cannot be seen from here: send it the signal ALRM\n')
    return TEMPORARY
  }
  alarm(pid)
  print(`send (process ${pid}) tries everything now\n`)
  return 0
}

function refuse({ complain }: Surroundings): number {
  complain(
    'jsmail: send runs, and keeps the times of its messages to itself: stop it first, or try everything again with --all\n',
  )
  return TEMPORARY
}

/** With send's mutex held, or told that send runs. */
async function withMutex(
  { holdMutex, complain }: Surroundings,
  act: (isSendRunning: boolean) => Promise<number>,
): Promise<number> {
  let mutex: Mutex | undefined
  try {
    mutex = holdMutex()
  } catch (error) {
    complain(`jsmail: unable to open queue/lock/sendmutex: ${errorText(error)}\n`)
    return TEMPORARY
  }
  try {
    return await act(mutex === undefined)
  } finally {
    mutex?.release()
  }
}

function traced(
  { trace }: Surroundings,
  event: string,
  act: (number: MessageNumber) => Promise<Outcome>,
): (number: MessageNumber) => Promise<Outcome> {
  return async (number) => {
    const outcome = await act(number)
    if (outcome.is === 'done') trace(event, { msg: number })
    return outcome
  }
}
