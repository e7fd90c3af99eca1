/**
 * W1: receive 4 KiB messages into the durable queue while delivery is held; W1c with one message on a connection, W1d with many. The clock
 * stops at the last answer.
 */
import { isIntact, send } from '../load.ts'
import type { Point, Workload } from '../workload.ts'

const SIZE_BYTES = 4096

function point(name: string, sessions: number, messages: number, keepConnection: boolean): Point {
  return {
    label: `${name} s=${sessions}`,
    messages,
    run: ({ port }) => send(port, { sessions, messages, sizeBytes: SIZE_BYTES, keepConnection }),
    check: (server) => {
      const held = server.held()
      const damaged = held.filter(({ bytes }) => bytes !== undefined && !isIntact(bytes, SIZE_BYTES))
      return { count: held.length, damaged: damaged.length }
    },
  }
}

export const W1c: Workload = {
  name: 'W1c',
  title: 'receive 4 KiB messages, held; one message a connection',
  hold: true,
  points: [point('W1c', 10, 3000, false), point('W1c', 50, 3000, false)],
}

export const W1d: Workload = {
  name: 'W1d',
  title: 'receive 4 KiB messages, held; many messages a connection',
  hold: true,
  points: [point('W1d', 10, 5000, true), point('W1d', 50, 5000, true)],
}
