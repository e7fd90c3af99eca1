/** jsmail's commands in this process, over the files of a home: what they say, and what they would do to send. */
import { createReadStream } from 'node:fs'
import { controlFiles } from '../../lib/control/by-file.ts'
import { fileSystem } from '../../lib/queue/by-file.ts'
import { classicKeeper } from '../../lib/queue/classic-keeper.ts'
import { readIds } from '../../lib/users/by-file.ts'
import { Disk } from '../../src/jsmail/fsck/disk.ts'
import { holdLocks } from '../../src/jsmail/fsck/locks.ts'
import { runCommand } from '../../src/jsmail/jsmail.ts'
import { holdMutex } from '../../src/jsmail/queue/mutex.ts'
import { holderOf } from '../../src/jsmail/queue/sender-process.ts'
import type { Surroundings } from '../../src/jsmail/surroundings.ts'

export interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
  readonly events: readonly string[]
}

/** `changed`: what the test has instead. */
export async function jsmail(
  home: string,
  argv: readonly string[],
  changed: Partial<Surroundings> = {},
): Promise<Said> {
  let out = ''
  let err = ''
  const events: string[] = []
  const mutex = `${home}/queue/lock/sendmutex`
  const code = await runCommand(argv, {
    openQueue: () => classicKeeper(fileSystem(`${home}/queue`)),
    controls: controlFiles(home),
    now: () => Date.now(),
    print: (text) => void (out += text),
    complain: (text) => void (err += text),
    trace: (event, fields) => void events.push(`${event} ${String(fields?.['msg'])}`),
    readLog: (path) => createReadStream(path),
    holdMutex: () => holdMutex(mutex),
    findSend: () => holderOf(mutex),
    alarm: (pid) => void events.push(`alarm ${pid}`),
    becomeSender: () => undefined,
    place: () => {
      const self = { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 }
      const ids = readIds(home, self)
      if (!ids.ok) return ids.failure.text
      return { home: new Disk(home), queue: new Disk(`${home}/queue`), ids: ids.value, self }
    },
    holdLocks: () => holdLocks(home),
    pause: async () => {},
    ...changed,
  })
  return { code, out, err, events }
}
