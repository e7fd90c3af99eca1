/**
 * The one-shot life: the connection on descriptors 0 and 1, under tcpserver, inetd or systemd. qmail-smtpd(8). Exit 0 after QUIT, 1
 * otherwise.
 */
import { bytesOf } from '../../lib/bytes/bytes.ts'
import { wireOfDescriptors } from '../../lib/net/descriptors.ts'
import { writeDescriptor } from '../../lib/program/descriptor.ts'
import type { System } from '../../lib/program/run.ts'
import { renderReply } from '../../lib/smtp/reply.ts'
import { clientOfEnvironment } from './client.ts'
import { serve } from './serve.ts'
import { type Choices, surround } from './surround.ts'
import { unreadableControls } from './verb/replies.ts'

const DONE = 0
const BROKEN = 1

export function receiveOne({ env, log }: System, choices: Choices): number | Promise<number> {
  const settings = choices.settings()
  if (!settings.ok) {
    log('controls', { error: settings.failure.text, cause: String(settings.failure.cause) })
    sayQuietly(renderReply(unreadableControls, 'qmail'))
    return BROKEN
  }
  const { wire, ends } = wireOfDescriptors(0, 1)
  const given = surround(choices, settings.value, clientOfEnvironment(env, ends))
  return new Promise((resolve) => {
    serve(wire, { ...given, over: (ended) => resolve(ended === 'done' ? DONE : BROKEN) })
  })
}

function sayQuietly(text: string): void {
  try {
    writeDescriptor(1, bytesOf(text))
  } catch {
    // Nobody is there to hear it.
  }
}
