/**
 * qstat: how many messages are in the queue. Run by people and by programs that draw curves, as root or as a user of the queue.
 * Manual: qstat.8.md
 */
import { fromText, bytesOf } from '../../lib/bytes/bytes.ts'
import { writeDescriptor } from '../../lib/program/descriptor.ts'
import { run } from '../../lib/program/run.ts'
import { fileSystem } from '../../lib/queue/by-file.ts'
import { classicKeeper } from '../../lib/queue/classic-keeper.ts'
import { countMessages } from './qstat.ts'

run('qstat', async (system) => {
  const counted = await countMessages(classicKeeper(fileSystem(`${system.home}/queue`)))
  if (typeof counted === 'string') return system.complain(fromText(counted), 111)
  const { messages, unprocessed } = counted
  writeDescriptor(
    1,
    bytesOf(`messages in queue: ${messages}\nmessages in queue but not yet preprocessed: ${unprocessed}\n`),
  )
  return 0
})
