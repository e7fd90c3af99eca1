/**
 * mboxrd quoting, as a stream: a line of a message that reads `From ` after any number of `>` gets one more `>`, so that readers of an
 * mbox neither take it for the start of the next message nor lose anything when they take the `>` away again.
 * Pure. A chunk is searched by indexOf and passed on as it is wherever nothing is to be inserted. mbox(5).
 */

const FROM = Buffer.from('From ')
const QUOTE = Buffer.from('>')
const LINE_END = Buffer.from('\n')
const EMPTY = Buffer.alloc(0)

const GREATER = 0x3e
const LF = 0x0a

export interface Quoting {
  /** The parts to write for this chunk; up to four bytes are held back until it is known how they go on. */
  push(chunk: Uint8Array): readonly Uint8Array[]
  /** What was held back, a line feed if the last line has none, and the empty line that ends a message in an mbox. */
  end(): readonly Uint8Array[]
}

export function quoting(): Quoting {
  /** Is all that was passed on of the current line `>` and nothing else? */
  let bareStart = true
  /** Bytes that may become `From `. */
  let held: Uint8Array = EMPTY
  let lineIsOpen = false

  return {
    push(chunk) {
      if (chunk.length === 0) return []
      const bytes = held.length === 0 ? bufferOf(chunk) : Buffer.concat([held, chunk])
      lineIsOpen = bytes[bytes.length - 1] !== LF
      const parts = quoted(bytes, bareStart)
      const start = bytes.lastIndexOf(LF) + 1
      const heldFrom = beginOfFrom(bytes, start)
      const bareHere = start > 0 || bareStart
      if (heldFrom < bytes.length && bareHere && isBare(bytes, start, heldFrom)) {
        held = bytes.subarray(heldFrom)
        bareStart = true
        return withoutLast(parts, held.length)
      }
      held = EMPTY
      bareStart = bareHere && isBare(bytes, start, bytes.length)
      return parts
    },
    end() {
      return [held, ...(lineIsOpen ? [LINE_END] : []), LINE_END].filter((part) => part.length > 0)
    },
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The new `>` stands right before `From `: after the others or in front of them, the bytes are the same. */
function quoted(bytes: Buffer, bareStart: boolean): Uint8Array[] {
  const parts: Uint8Array[] = []
  let done = 0
  for (let at = bytes.indexOf(FROM); at !== -1; at = bytes.indexOf(FROM, at + FROM.length)) {
    if (!beginsLine(bytes, at, bareStart)) continue
    if (at > done) parts.push(bytes.subarray(done, at))
    parts.push(QUOTE)
    done = at
  }
  parts.push(done === 0 ? bytes : bytes.subarray(done))
  return parts
}

function beginsLine(bytes: Buffer, at: number, bareStart: boolean): boolean {
  let before = at - 1
  while (before >= 0 && bytes[before] === GREATER) before -= 1
  return before < 0 ? bareStart : bytes[before] === LF
}

/** Where the end of the bytes, from `start` on, begins to spell `From ` without finishing; their length when it does not. */
function beginOfFrom(bytes: Buffer, start: number): number {
  for (let length = Math.min(FROM.length - 1, bytes.length - start); length > 0; length -= 1) {
    const at = bytes.length - length
    if (bytes.compare(FROM, 0, length, at) === 0) return at
  }
  return bytes.length
}

function isBare(bytes: Buffer, start: number, end: number): boolean {
  let at = start
  while (at < end && bytes[at] === GREATER) at += 1
  return at === end
}

function withoutLast(parts: Uint8Array[], count: number): readonly Uint8Array[] {
  const last = parts.pop() ?? EMPTY
  const rest = last.subarray(0, last.length - count)
  return rest.length === 0 ? parts : [...parts, rest]
}
