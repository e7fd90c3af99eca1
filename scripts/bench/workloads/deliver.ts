/** W2: W1d with 10 sessions, delivered to one user's Maildir; the clock stops at the last file in new/. */
import { readFileSync, readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { isIntact, send } from '../load.ts'
import type { Workload } from '../workload.ts'

const SIZE_BYTES = 4096
const MESSAGES = 2000
/** Nothing new for so long: mail is lost, or waits for a retry. */
const PATIENCE_MILLISECONDS = 30_000

async function delivered(maildir: string, expected: number): Promise<void> {
  let seen = -1
  let since = performance.now()
  for (;;) {
    const count = readdirSync(`${maildir}/new`).length
    if (count >= expected) return
    if (count > seen) {
      seen = count
      since = performance.now()
    }
    if (performance.now() - since > PATIENCE_MILLISECONDS) {
      throw new Error(`only ${count} of ${expected} messages arrived in ${maildir}/new`)
    }
    await sleep(20)
  }
}

export const W2: Workload = {
  name: 'W2',
  title: "deliver 4 KiB messages to one user's Maildir",
  hold: false,
  points: [
    {
      label: 'W2 s=10',
      messages: MESSAGES,
      run: async ({ port, maildir }) => {
        const before = readdirSync(`${maildir}/new`).length
        const start = performance.now()
        await send(port, { sessions: 10, messages: MESSAGES, sizeBytes: SIZE_BYTES, keepConnection: true })
        await delivered(maildir, before + MESSAGES)
        return (performance.now() - start) / 1000
      },
      check: ({ maildir }) => {
        const names = readdirSync(`${maildir}/new`)
        const damaged = names.filter((name) => !isIntact(readFileSync(`${maildir}/new/${name}`), SIZE_BYTES))
        return { count: names.length, damaged: damaged.length }
      },
    },
  ],
}
