/**
 * The commands that qmail-send writes to its spawners: one byte of delivery number, then message id, sender and recipient,
 * each ended by NUL. Written by send, read by lspawn and rspawn, who may get it in any pieces. A field that is longer
 * than FIELD_BYTES is swallowed to its end and marked, so that the stream stays in step and its sender gets a report.
 * qmail-lspawn(8), qmail-rspawn(8); INTERNALS, "spawners".
 */
import { type ByteString, byteString, bytesOf, NUL } from '../bytes/bytes.ts'

export interface Command {
  /** 0 to 255; which numbers are in use is the receiver's business. */
  readonly delnum: number
  /** `<split>/<number>`, a path beneath queue/mess; not yet checked. */
  readonly messid: ByteString
  readonly sender: ByteString
  readonly recipient: ByteString
  /** A field was longer than FIELD_BYTES; what is here of it is its beginning. */
  readonly isOversized: boolean
}

/** Far above any address: qmail-queue takes 1002 bytes, a virtual domain's prefix and VERP come on top. */
export const FIELD_BYTES = 65536

/** The capacity byte of a spawner: qmail's spawn limit (conf-spawn). */
export const CAPACITY = 120

/** One command as bytes. Fields must not contain NUL: that would be another command, so it is thrown as our mistake. */
export function encodeCommand(
  delnum: number,
  messid: ByteString,
  sender: ByteString,
  recipient: ByteString,
): Buffer {
  const fields = `${messid}\0${sender}\0${recipient}\0`
  if (fields.split('\0').length !== 4) throw new Error('NUL within a field of a spawn command')
  const bytes = bytesOf(`\0${fields}`)
  bytes.writeUInt8(delnum, 0)
  return bytes
}

/** Where in a command the next byte belongs. */
type Place = 'delnum' | 'messid' | 'sender' | 'recipient'

/** Cuts a stream of commands. Memory: at most three fields of FIELD_BYTES. */
export class CommandReader {
  #place: Place = 'delnum'
  #delnum = 0
  #fields = { messid: '', sender: '', recipient: '' }
  #isOversized = false

  /** The commands that these bytes complete, in order. */
  receive(chunk: Uint8Array): Command[] {
    const commands: Command[] = []
    let at = 0
    while (at < chunk.length) {
      if (this.#place === 'delnum') {
        this.#delnum = chunk[at] as number
        this.#place = 'messid'
        at++
        continue
      }
      const end = chunk.indexOf(NUL, at)
      this.#append(this.#place, chunk.subarray(at, end === -1 ? chunk.length : end))
      if (end === -1) break
      if (this.#place === 'recipient') commands.push(this.#take())
      else this.#place = this.#place === 'messid' ? 'sender' : 'recipient'
      at = end + 1
    }
    return commands
  }

  #append(place: 'messid' | 'sender' | 'recipient', bytes: Uint8Array): void {
    const room = FIELD_BYTES - this.#fields[place].length
    if (bytes.length > room) this.#isOversized = true
    this.#fields[place] += byteString(bytes.subarray(0, room))
  }

  #take(): Command {
    const command = { delnum: this.#delnum, ...this.#fields, isOversized: this.#isOversized }
    this.#place = 'delnum'
    this.#fields = { messid: '', sender: '', recipient: '' }
    this.#isOversized = false
    return command
  }
}
