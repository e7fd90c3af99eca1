/**
 * clean: remove from the queue what qmail-send no longer needs. Started by start, as the queue's user, with pipes from and to
 * send as descriptors 0 and 1. Manual: clean.8.md
 */
import { readDescriptor, writeDescriptor } from '../../lib/program/descriptor.ts'
import { run } from '../../lib/program/run.ts'
import { fileSystem } from '../../lib/queue/by-file.ts'
import { classicKeeper } from '../../lib/queue/classic-keeper.ts'
import { clean } from './clean.ts'

const NO_QUEUE = 111

run('clean', async (system) => {
  // Ctrl-C in a terminal is for start; we end when send does.
  system.on('SIGINT', () => {})
  try {
    system.chdir(`${system.home}/queue`)
  } catch {
    return NO_QUEUE
  }
  return clean({
    commands: readDescriptor(0),
    answer: (bytes) => writeDescriptor(1, bytes),
    removal: classicKeeper(fileSystem('.')).removal,
    nowSeconds: () => Math.floor(system.clock.now() / 1000),
  })
})
