/**
 * Long outputs on a descriptor: gathered into few writes, since a listing of a hundred thousand messages is as many lines. Who
 * reads may stop (`| head`): then the program ends at once and in silence, as it would in C, where SIGPIPE ends it.
 * Called by mains of programs that list.
 */
import { type ByteString, bytesOf } from '../bytes/bytes.ts'
import { errnoOf } from '../failure/errno.ts'
import { writeDescriptor } from './descriptor.ts'
import { end } from './run.ts'

export interface Output {
  print(text: ByteString): void
  /** To be called before the program ends, and before it writes elsewhere. */
  flush(): void
}

const GATHER_BYTES = 65536
/** 128 and the number of SIGPIPE: what a shell shows for a program that the signal has ended. */
const BROKEN_PIPE = 141

/** `ended` is called when nobody reads any more. */
export function outputTo(fd: number, ended: (code: number) => void = end): Output {
  let waiting: ByteString[] = []
  let waitingBytes = 0
  const flush = (): void => {
    if (waitingBytes === 0) return
    const bytes = bytesOf(waiting.join(''))
    waiting = []
    waitingBytes = 0
    try {
      writeDescriptor(fd, bytes)
    } catch (error) {
      if (errnoOf(error) !== 'EPIPE') throw error
      ended(BROKEN_PIPE)
    }
  }
  return {
    print(text) {
      waiting.push(text)
      waitingBytes += text.length
      if (waitingBytes >= GATHER_BYTES) flush()
    },
    flush,
  }
}
