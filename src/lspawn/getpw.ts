/**
 * qmail-getpw, asked for an address that users/cdb does not know. It is a program of its own, run as a user who may do nothing,
 * because it walks the system's user database, which lspawn as root does not. Called by main. qmail-getpw(8).
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import { byteString } from '../../lib/bytes/bytes.ts'
import { type Child, collect, pipeFromChild, startProgram } from '../../lib/exec/start.ts'
import type { Environment } from '../../lib/program/run.ts'
import { type Assignment, parseAssignment } from '../../lib/users/assignment.ts'
import { code } from './outcome.ts'

export interface Getpw {
  readonly program: ByteString
  readonly env: Environment
  /** Undefined: as lspawn itself. */
  readonly id: { readonly uid: number; readonly gid: number } | undefined
  /** A user database on the network may never answer. */
  readonly timeoutSeconds: number
}

/** Names, numbers and a path: no answer is longer (bytes). */
const ANSWER_BYTES = 65536

export async function askGetpw(getpw: Getpw, local: ByteString): Promise<Assignment | number> {
  const { program, env, id, timeoutSeconds } = getpw
  const answer = openPipe()
  if (answer === undefined) return code.temporary
  const descriptors = ['null', answer.end, 'null'] as const
  const child = await startProgram({ program, args: [local], env, descriptors, ...(id && { id }) })
  if (!child.ok) {
    answer.stream.destroy()
    return code.noGetpw
  }
  const timer = setTimeout(() => giveUp(child.value, answer), timeoutSeconds * 1000)
  const [exit, said] = await Promise.all([child.value.exited, collect(answer.stream, ANSWER_BYTES)])
  clearTimeout(timer)
  if (exit.is === 'code' && exit.code === 0) return parseAssignment(byteString(said)) ?? code.bug
  return exit.is === 'code' && ownCodes.has(exit.code) ? exit.code : code.temporary
}

/**
 * What qmail-getpw itself exits with. Any other code is trouble of this machine (a runtime that cannot start, say) and must not
 * bounce mail.
 */
const ownCodes: ReadonlySet<number> = new Set([111, 112, 115, 116, 118, 119])

function giveUp(child: Child, answer: ReturnType<typeof pipeFromChild>): void {
  child.kill('SIGKILL')
  answer.stream.destroy()
}

function openPipe(): ReturnType<typeof pipeFromChild> | undefined {
  try {
    return pipeFromChild()
  } catch {
    return undefined
  }
}
