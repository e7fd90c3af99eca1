/**
 * send's end of lock/trigger: told when somebody wrote a byte into the FIFO. It is opened for reading and writing, so it never comes
 * to an end and writers always find a reader; what was written is read away before the listener is called, so a message that was
 * linked into todo before its pull is always found by a look that begins after it. qmail-send(8); the other end is the writer's.
 */
import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs'
import { Socket } from 'node:net'

export interface PulledTrigger {
  onPull(listener: () => void): void
  /** Look whether the path is still the FIFO that is listened to, and listen to the new one if not. */
  renew(): void
  close(): void
}

/** A missing FIFO, or one that may not be opened, is no trouble: send looks by itself from time to time. */
export function listenToTrigger(path: string): PulledTrigger {
  let socket: Socket | undefined
  let listening: { readonly dev: bigint; readonly ino: bigint } | undefined
  let tell: () => void = () => {}

  const close = (): void => {
    socket?.destroy()
    socket = undefined
    listening = undefined
  }

  const open = (): void => {
    const fd = openFifo(path)
    if (fd === undefined) return
    const { dev, ino } = fstatSync(fd, { bigint: true })
    listening = { dev, ino }
    socket = new Socket({ fd, readable: true, writable: false })
    socket.on('error', close)
    socket.on('data', () => tell())
  }

  open()
  return {
    onPull(listener) {
      tell = listener
    },
    renew() {
      const now = statSync(path, { bigint: true, throwIfNoEntry: false })
      if (now !== undefined && now.ino === listening?.ino && now.dev === listening.dev) return
      close()
      open()
    },
    close,
  }
}

function openFifo(path: string): number | undefined {
  try {
    const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
    if (fstatSync(fd).isFIFO()) return fd
    closeSync(fd)
  } catch {
    // Missing, or not ours.
  }
  return undefined
}
