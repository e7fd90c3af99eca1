/**
 * Facts as a hook program finds them: the record on descriptor 3, checkpassword style, and the environment (hooks.md, Facts). RCPTCHECK
 * programs read the same variables. Pure.
 */
import { type ByteString, bytesOf } from '../bytes/bytes.ts'
import type { Environment } from '../program/run.ts'
import type { Facts, Stage } from './hook.ts'

/** `helo NUL sender NUL recipient NUL`, each extra as `NAME=value NUL`, NUL. */
export function encodeFacts({ helo, sender, recipient, extras }: Facts): Buffer {
  const fields = [helo, sender, recipient, ...extras.map(([name, value]) => `${name}=${value}`)]
  return bytesOf(`${fields.map((field) => `${withoutNul(field)}\0`).join('')}\0`)
}

export function factsEnvironment(stage: Stage, facts: Facts): Environment {
  return {
    ...facts.env,
    SMTPSTAGE: stage,
    HELO: withoutNul(facts.helo),
    SENDER: withoutNul(facts.sender),
    RECIPIENT: withoutNul(facts.recipient),
    RCPTCOUNT: String(facts.recipientCount),
  }
}

/** Neither the record nor a variable can hold one. */
function withoutNul(text: ByteString): ByteString {
  return text.includes('\0') ? text.replaceAll('\0', '?') : text
}
