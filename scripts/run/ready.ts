/**
 * Is mail truly accepted? An SMTP greeting and an answer to EHLO on the port, the queue's socket open to everybody, and send at
 * work. Asked again until it is so, the suite has ended, or the time is up.
 */
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunningSuite } from './suite.ts'

/** Undefined when it is; otherwise what was missing at last. */
export async function untilReady(
  home: string,
  port: number,
  suite: RunningSuite,
  seconds: number,
): Promise<string | undefined> {
  const giveUp = Date.now() + seconds * 1000
  let missing = ''
  while (Date.now() < giveUp) {
    missing = await whatIsMissing(home, port, suite)
    if (missing === '') return undefined
    await sleep(50)
  }
  return `not ready after ${seconds} seconds: ${missing}`
}

async function whatIsMissing(home: string, port: number, suite: RunningSuite): Promise<string> {
  if (!suite.isSending()) return 'send does not run'
  if (!(await isOpen(home))) return `nobody listens on ${home}/submit/queue`
  return (await speaksSmtp(port)) ? '' : `no SMTP greeting and EHLO on 127.0.0.1:${port}`
}

/** A socket's path ends at 107 bytes: from the home it is short. */
function isOpen(home: string): Promise<boolean> {
  process.chdir(home)
  return new Promise((answer) => {
    const socket = connect('submit/queue')
    socket.once('connect', () => answer(true)).once('error', () => answer(false))
    socket.once('connect', () => socket.destroy())
  })
}

function speaksSmtp(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(port, '127.0.0.1')
    let heard = ''
    socket.setTimeout(5000, () => socket.destroy())
    socket.on('data', (chunk) => {
      const before = heard
      heard += chunk.toString('latin1')
      if (!before.includes('\n') && /^220 [^\n]*\n/.test(heard)) socket.write('EHLO ready.example.test\r\n')
      if (!/^220 [^\n]*\n(250-[^\n]*\n)*250 [^\n]*\n/.test(heard)) return
      answer(true)
      socket.end('QUIT\r\n')
    })
    socket.once('error', () => answer(false)).once('close', () => answer(false))
  })
}
