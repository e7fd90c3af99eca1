/**
 * Removing from qmail's directories what is over (the work of qmail-clean, by its commands) and finding what nobody will ever finish
 * (orphans of writers that died). intd goes first: todo/N or mess/N without it is a legal state, the reverse is not.
 * qmail-clean(8), INTERNALS §3.
 */
import { ok } from '../failure/failure.ts'
import type { FileSystem } from './filesystem.ts'
import { attemptIfThere } from './keeper-failure.ts'
import type { Kept, RemovalKeeper } from './keeper.ts'
import { numbersIn } from './listing.ts'
import { infoPath, intdPath, messPath, type MessageNumber, ORPHAN_SECONDS, SPLIT, todoPath } from './paths.ts'

export function classicRemoval(fs: FileSystem): RemovalKeeper {
  return {
    removeTodo: (number) => removeInOrder(fs, intdPath(number), todoPath(number)),
    removeMessage: (number) => removeInOrder(fs, intdPath(number), messPath(number)),

    async sweepDrafts(nowSeconds) {
      try {
        for await (const names of fs.list('pid')) {
          for (const name of names) await sweepOne(fs, `pid/${name}`, nowSeconds)
        }
      } catch {
        // Litter that cannot be listed now is found by a later sweep.
      }
    },

    async *messages() {
      for (let split = 0; split < SPLIT; split++) {
        yield* numbersIn(fs, `mess/${split}`)
      }
    },

    isOrphan: (number, nowSeconds) => isOrphan(fs, number, nowSeconds),
  }
}

async function removeInOrder(fs: FileSystem, ...paths: readonly string[]): Promise<Kept<undefined>> {
  for (const path of paths) {
    const removed = await attemptIfThere('unlink', path, () => fs.unlink(path))
    if (!removed.ok) return removed
  }
  return ok()
}

async function sweepOne(fs: FileSystem, path: string, nowSeconds: number): Promise<void> {
  try {
    const { atimeSeconds } = await fs.stat(path)
    if (nowSeconds >= atimeSeconds + ORPHAN_SECONDS) await fs.unlink(path)
  } catch {
    // Its writer was faster, or the next sweep gets it.
  }
}

async function isOrphan(fs: FileSystem, number: MessageNumber, nowSeconds: number): Promise<Kept<boolean>> {
  const mess = await attemptIfThere('stat', messPath(number), () => fs.stat(messPath(number)))
  if (!mess.ok) return mess
  if (mess.value === undefined || nowSeconds <= mess.value.atimeSeconds + ORPHAN_SECONDS) return ok(false)
  for (const path of [infoPath(number), todoPath(number)]) {
    const status = await attemptIfThere('stat', path, () => fs.stat(path))
    if (!status.ok) return status
    if (status.value !== undefined) return ok(false)
  }
  return ok(true)
}
