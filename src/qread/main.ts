/**
 * qread: list the messages in the queue and their recipients. Run by people and by programs that read its lines, as root or as the
 * user of send. Manual: qread.8.md
 */
import { outputTo } from '../../lib/program/output.ts'
import { run } from '../../lib/program/run.ts'
import { fileSystem } from '../../lib/queue/by-file.ts'
import { classicKeeper } from '../../lib/queue/classic-keeper.ts'
import { listMessages } from './qread.ts'

run('qread', async (system) => {
  const { print, flush } = outputTo(1)
  const code = await listMessages({ keeper: classicKeeper(fileSystem(`${system.home}/queue`)), print })
  flush()
  return code
})
