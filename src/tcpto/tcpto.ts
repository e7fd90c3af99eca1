/** The table of hosts that did not answer as lines for people and programs. Pure. qmail-tcpto(8): tcpto.8.md */
import { hostRecords } from '../../lib/queue/tcpto.ts'

/** One line for each host with a timeout, in the order of the table. A time that is yet to come is 0 seconds ago. */
export function describeTable(table: Buffer, nowSeconds: number): string {
  return hostRecords(table)
    .filter(({ count }) => count > 0)
    .map(({ address, count, lastSeconds }) => {
      const ago = Math.max(0, nowSeconds - lastSeconds)
      return `${address} timed out ${ago} seconds ago; # recent timeouts: ${count}\n`
    })
    .join('')
}
