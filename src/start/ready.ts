/**
 * Whether the suite takes mail: the submission socket answers, and send reads its trigger. Asked by start.ts, from the home as
 * current directory, since the path of a socket must be short.
 */
import { closeSync, constants, openSync } from 'node:fs'
import { connect } from 'node:net'

/** A FIFO opened for writing without waiting fails as long as nobody reads it. Nothing is written: send is not disturbed. */
export function isSendListening(): boolean {
  try {
    closeSync(openSync('queue/lock/trigger', constants.O_WRONLY | constants.O_NONBLOCK))
    return true
  } catch {
    return false
  }
}

/** A queue that never answers must not hold up the question. */
const ANSWER_MILLISECONDS = 1000

export function isQueueAnswering(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path: 'submit/queue' })
    const answer = (isThere: boolean): void => {
      socket.destroy()
      resolve(isThere)
    }
    socket.setTimeout(ANSWER_MILLISECONDS, () => answer(false))
    socket.once('connect', () => answer(true))
    socket.once('error', () => answer(false))
  })
}
