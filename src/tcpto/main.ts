/**
 * tcpto: show the table of hosts that did not answer. Run by people, as root or as a user of the queue. Manual: tcpto.8.md
 */
import { readFileSync } from 'node:fs'
import { bytesOf } from '../../lib/bytes/bytes.ts'
import { errorText } from '../../lib/failure/errno.ts'
import { writeDescriptor } from '../../lib/program/descriptor.ts'
import { run } from '../../lib/program/run.ts'
import { describeTable } from './tcpto.ts'

run('tcpto', (system) => {
  let table: Buffer
  try {
    table = readFileSync(`${system.home}/queue/lock/tcpto`)
  } catch (error) {
    return system.complain(`fatal: unable to read queue/lock/tcpto: ${errorText(error)}`, 111)
  }
  writeDescriptor(1, bytesOf(describeTable(table, Math.floor(system.clock.now() / 1000))))
  return 0
})
