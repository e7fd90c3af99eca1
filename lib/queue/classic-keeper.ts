/**
 * The queue store in qmail's own directories, seen from the keeper's side: any program of a qmail can work on the same queue. The
 * file system is an argument, so that a test can let any operation fail or die. INTERNALS §2 and §3.
 */
import { classicBounces } from './classic-bounce.ts'
import { classicRemoval } from './classic-removal.ts'
import { classicScheduled } from './classic-scheduled.ts'
import { classicTodo } from './classic-todo.ts'
import type { FileSystem } from './filesystem.ts'
import { FreshMessages } from './fresh.ts'
import type { QueueKeeper } from './keeper.ts'

export function classicKeeper(fs: FileSystem): QueueKeeper {
  const fresh = new FreshMessages()
  return {
    todo: classicTodo(fs, fresh),
    scheduled: classicScheduled(fs, fresh),
    bounces: classicBounces(fs),
    removal: classicRemoval(fs),
  }
}
