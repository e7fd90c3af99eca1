/**
 * One suite for a home: a lock on HOME/running for as long as this process lives, and patience with a suite whose starter was killed
 * a moment ago and that is ending by itself.
 */
import { constants, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { tryLock } from '../../lib/os/os.ts'
import { Hindrance } from '../home/place.ts'

const PATIENCE_MILLISECONDS = 4000

/** The descriptor stays open until the process ends, and the lock with it. */
export async function claim(home: string): Promise<number> {
  const path = `${home}/running`
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o644)
  if (!tryLock(fd)) {
    throw new Hindrance(`jsmail is running in ${home} already (process ${readFileSync(path, 'utf8').trim()})`)
  }
  ftruncateSync(fd)
  writeSync(fd, `${process.pid}\n`, 0)
  await untilFree(`${home}/queue/lock/sendmutex`)
  return fd
}

/** send holds it for life: there is no other way to see that one runs here that we did not start. */
async function untilFree(mutex: string): Promise<void> {
  const giveUp = Date.now() + PATIENCE_MILLISECONDS
  while (Date.now() < giveUp) {
    if (await isFree(mutex)) return
    await sleep(100)
  }
  throw new Hindrance(`a send is running on this queue already (it holds ${mutex})`)
}

async function isFree(mutex: string): Promise<boolean> {
  const { open } = await import('node:fs/promises')
  const file = await open(mutex, constants.O_WRONLY)
  try {
    return tryLock(file.fd)
  } finally {
    await file.close()
  }
}
