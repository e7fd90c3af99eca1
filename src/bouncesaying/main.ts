/**
 * bouncesaying: bounce the message with a text, always or if a program says so.
 *
 *   |bouncesaying "This address no longer accepts mail"      in a .qmail file
 *
 * Manual: bouncesaying.8.md
 */
import { type ByteString, bytesOf } from '../../lib/bytes/bytes.ts'
import { errorText, isTemporary } from '../../lib/failure/errno.ts'
import { writeDescriptor } from '../../lib/program/descriptor.ts'
import { run, type System } from '../../lib/program/run.ts'
import { condition } from './bouncesaying.ts'

const NEXT = 0

run('bouncesaying', main, 'bouncesaying')

async function main({ argv, env, complain }: System): Promise<number> {
  const [text, program, ...args] = argv
  if (text === undefined) return complain('usage: bouncesaying error [ program [ arg ... ] ]', 100)
  if (program === undefined) return bounce(text)
  const { startProgram } = await import('../../lib/exec/start.ts')
  const child = await startProgram({ program, args, env, descriptors: [0, 1, 2] })
  if (!child.ok) {
    const { cause } = child.failure
    return isTemporary(cause) ? complain(`fatal: unable to run ${program}: ${errorText(cause)}`, 111) : NEXT
  }
  const answer = condition(await child.value.exited)
  if (!answer.ok) return complain(`fatal: ${answer.failure.text}`, 111)
  return answer.value ? bounce(text) : NEXT
}

function bounce(text: ByteString): number {
  writeDescriptor(2, bytesOf(`${text}\n`))
  return 100
}
