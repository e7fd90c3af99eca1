/**
 * Has this recipient had the message already? Then it carries our Delivered-To line, byte for byte, in its header. The header is
 * searched in bulk, whatever its size and however it is cut into chunks. Pure.
 */
import { type ByteString, bytesOf } from '../../lib/bytes/bytes.ts'

const HEADER_END = '\n\n'

/** Is `line`, which ends with a line feed, one of the lines before the first empty one? */
export async function headerHasLine(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  line: ByteString,
): Promise<boolean> {
  const sought = bytesOf(`\n${line}`)
  // As if a line had ended before the first byte: so the first line is found, and a header without lines ends.
  let window: Buffer = Buffer.from('\n')
  for await (const chunk of chunks) {
    window = Buffer.concat([window, chunk])
    const end = window.indexOf(HEADER_END)
    const header = end === -1 ? window : window.subarray(0, end + 1)
    if (header.includes(sought)) return true
    if (end !== -1) return false
    window = window.subarray(Math.max(0, window.length - sought.length + 1))
  }
  return false
}
