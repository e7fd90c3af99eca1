/**
 * A workload: what is sent and when the clock stops. One file for each beneath workloads/, listed in workloads/all.ts; a new one adds
 * its file and its line there.
 */
import type { Server } from './server.ts'

export interface Workload {
  readonly name: string
  readonly title: string
  /** Started so that accepted mail stays in the queue. */
  readonly hold: boolean
  readonly points: readonly Point[]
}

export interface Point {
  /** `W1d s=10`. */
  readonly label: string
  readonly messages: number
  /** Sends all of them; returns the seconds by this workload's clock. Throws when anything was refused. */
  run(server: Server): Promise<number>
  /** After the server settled: the messages that are there now, of how many, and whether each is intact. */
  check(server: Server): Contents
}

export interface Contents {
  readonly count: number
  readonly damaged: number
}
