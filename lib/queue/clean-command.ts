/**
 * What qmail-send asks qmail-clean for, once for both ends: `todo/N` NUL (preprocessing is committed) or `foop/N` NUL (the
 * message is over), answered with one byte. qmail-clean(8).
 */
import { type ByteString, byteString, bytesOf } from '../bytes/bytes.ts'
import type { MessageNumber } from './paths.ts'

/** `todo`: remove intd/N, then todo/N. `foop`: remove intd/N, then mess/N. */
export type CleanWhat = 'todo' | 'foop'

export interface CleanCommand {
  readonly what: CleanWhat
  readonly number: MessageNumber
}

export const answers = { done: '+', failed: '!', badCommand: 'x' } as const

/** The length of a command, its NUL counted in: shorter or longer is bad. */
const SHORTEST = 7
const LONGEST = 100

export function cleanCommand({ what, number }: CleanCommand): ByteString {
  return `${what}/${number}`
}

export function encodeCleanCommand(command: CleanCommand): Buffer {
  return bytesOf(`${cleanCommand(command)}\0`)
}

const form = /^(todo|foop)\/([0-9]+)$/

/** Undefined when the command is bad. `text` is without its NUL. */
function parse(text: ByteString): CleanCommand | undefined {
  if (text.length + 1 < SHORTEST || text.length + 1 > LONGEST) return undefined
  const [, what, number] = form.exec(text) ?? []
  return (what === 'todo' || what === 'foop') && number !== undefined ? { what, number } : undefined
}

/** Cuts a stream of commands; keeps at most LONGEST bytes of one. */
export class CleanCommandReader {
  #rest = ''

  /** The commands that these bytes complete, in order; undefined for each bad one. */
  receive(chunk: Uint8Array): (CleanCommand | undefined)[] {
    const parts = byteString(chunk).split('\0')
    const last = parts.pop() ?? ''
    const commands = parts.map((part) => {
      const command = parse(this.#rest + part)
      this.#rest = ''
      return command
    })
    this.#rest = (this.#rest + last).slice(0, LONGEST)
    return commands
  }
}
