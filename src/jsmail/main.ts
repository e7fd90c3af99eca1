/**
 * jsmail: the administrator's one command. Each subcommand is a file or a folder beside this one. Run by people, as root or as the user
 * who runs everything. Manual: jsmail.8.md
 */
import { createReadStream } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { bytesOf, pathOf } from '../../lib/bytes/bytes.ts'
import { controlFiles } from '../../lib/control/by-file.ts'
import { readDescriptor, writeDescriptor } from '../../lib/program/descriptor.ts'
import { outputTo } from '../../lib/program/output.ts'
import { run, type System } from '../../lib/program/run.ts'
import { fileSystem } from '../../lib/queue/by-file.ts'
import { classicKeeper } from '../../lib/queue/classic-keeper.ts'
import { readIds } from '../../lib/users/by-file.ts'
import { runCommand } from './jsmail.ts'
import { Disk } from './fsck/disk.ts'
import { holdLocks } from './fsck/locks.ts'
import type { Place } from './fsck/place.ts'
import { holdMutex } from './queue/mutex.ts'
import { holderOf } from './queue/sender-process.ts'

const PAUSE_MILLISECONDS = 50

run(
  'jsmail',
  async (system) => {
    const { print, flush } = outputTo(1)
    const mutex = `${system.home}/queue/lock/sendmutex`
    const code = await runCommand(system.argv, {
      openQueue: () => classicKeeper(fileSystem(`${system.home}/queue`)),
      controls: controlFiles(system.home),
      now: () => system.clock.now(),
      print,
      complain: (text) => writeDescriptor(2, bytesOf(text)),
      trace: system.trace,
      readLog: (path) => (path === '-' ? readDescriptor(0) : createReadStream(pathOf(path))),
      holdMutex: () => holdMutex(mutex),
      findSend: () => holderOf(mutex),
      alarm: (pid) => void process.kill(pid, 'SIGALRM'),
      becomeSender: () => becomeSender(system),
      place: () => placeOf(system),
      holdLocks: () => holdLocks(system.home),
      pause: () => setTimeout(PAUSE_MILLISECONDS),
    })
    flush()
    return code
  },
  'jsmail',
)

/** Root can do more than is needed, and would leave files that are root's. */
function becomeSender(system: System): string | undefined {
  if (system.uid !== 0) return undefined
  const ids = readIds(system.home, system)
  if (!ids.ok) return ids.failure.text
  system.become({ uid: ids.value.qmails.uid, gid: ids.value.qmail })
  return undefined
}

function placeOf(system: System): Place | string {
  const ids = readIds(system.home, system)
  if (!ids.ok) return ids.failure.text
  const { home, uid, gid } = system
  return { home: new Disk(home), queue: new Disk(`${home}/queue`), ids: ids.value, self: { uid, gid } }
}
