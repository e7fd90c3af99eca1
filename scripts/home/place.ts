/**
 * Put one directory, file or link where it belongs, with its mode and owner. What is there is repaired and never emptied; a
 * second time nothing changes. Called by tree.ts, sample.ts and launchers.ts.
 */
import {
  type Stats,
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { makeFifo } from '../../lib/os/os.ts'
import type { Id } from './accounts.ts'

/** What hinders us, as one line for people. */
export class Hindrance extends Error {}

function look(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false })
}

export function directory(path: string, mode: number, owner: Id): void {
  const found = look(path)
  if (found === undefined) mkdirSync(path, { mode })
  else if (!found.isDirectory()) throw new Hindrance(`${path} is in the way: it is no directory`)
  settle(path, mode, owner)
}

/** A file that is made once and then belongs to its editor. */
export function file(path: string, content: string | Uint8Array, mode: number, owner: Id): void {
  if (look(path) === undefined) writeFileSync(path, content, { mode, flag: 'wx' })
  settle(path, mode, owner)
}

/** A file that is ours alone: always as given, and exchanged in one step. */
export function generated(path: string, content: string | Uint8Array, mode: number, owner: Id): void {
  const found = look(path)
  if (found === undefined || !found.isFile() || !readFileSync(path).equals(Buffer.from(content))) {
    const fresh = `${path}.new.${process.pid}`
    writeFileSync(fresh, content, { mode })
    settle(fresh, mode, owner)
    renameSync(fresh, path)
  }
  settle(path, mode, owner)
}

export function fifo(path: string, mode: number, owner: Id): void {
  const found = look(path)
  if (found !== undefined && !found.isFIFO()) unlinkSync(path)
  if (found?.isFIFO() !== true) makeFifo(path, mode)
  settle(path, mode, owner)
}

export function link(path: string, target: string): void {
  const found = look(path)
  if (found?.isSymbolicLink() === true && readlinkSync(path) === target) return
  if (found !== undefined && !found.isSymbolicLink()) return
  if (found !== undefined) unlinkSync(path)
  symlinkSync(target, path)
}

/** The umask and earlier owners do not matter. Who owns it comes first: chown(2) takes set-id bits away. */
function settle(path: string, mode: number, owner: Id): void {
  const found = lstatSync(path)
  if (found.uid !== owner.uid || found.gid !== owner.gid) {
    try {
      chownSync(path, owner.uid, owner.gid)
    } catch (error) {
      throw new Hindrance(
        `${path} cannot be given to user ${owner.uid}, group ${owner.gid} (${(error as NodeJS.ErrnoException).code})`,
      )
    }
  }
  if ((lstatSync(path).mode & 0o7777) !== mode) chmodSync(path, mode)
}
