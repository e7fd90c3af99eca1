/**
 * Every file in the queue whose name is a message number, wherever it lies: where qmail has it, not split, in the directory of another
 * split, or split where qmail does not (the big-todo patch). Names that are no number belong to nobody.
 */
import { isMessageNumber, type MessageNumber, SPLIT, splitOf } from '../../../lib/queue/paths.ts'
import type { Disk } from './disk.ts'
import { isSplit, type Kind } from './layout.ts'

export interface Entry {
  readonly kind: Kind
  readonly number: MessageNumber
  readonly path: string
  /** Where qmail has it. */
  readonly isRight: boolean
  readonly isFile: boolean
}

export function pathOf(kind: Kind, number: MessageNumber): string {
  return isSplit(kind) ? `${kind}/${splitOf(number)}/${number}` : `${kind}/${number}`
}

const digits = /^[0-9]+$/

export function* entriesOf(disk: Disk, kind: Kind): Generator<Entry, void, void> {
  for (const { name, isDirectory, isFile } of disk.list(kind)) {
    if (!isDirectory && isMessageNumber(name))
      yield { kind, number: name, path: `${kind}/${name}`, isRight: !isSplit(kind), isFile }
    if (!isDirectory || !digits.test(name)) continue
    for (const inner of disk.list(`${kind}/${name}`)) {
      if (!isMessageNumber(inner.name)) continue
      const path = `${kind}/${name}/${inner.name}`
      yield {
        kind,
        number: inner.name,
        path,
        isRight: path === pathOf(kind, inner.name),
        isFile: inner.isFile,
      }
    }
  }
}

/** Directories in which files of this kind have no business. */
export function* oddDirectories(disk: Disk, kind: Kind): Generator<string, void, void> {
  for (const { name, isDirectory } of disk.list(kind)) {
    if (!isDirectory || !digits.test(name)) continue
    const isOurs = isSplit(kind) && Number(name) < SPLIT && name === String(Number(name))
    if (!isOurs) yield `${kind}/${name}`
  }
}

/** Files of a renumbering that was interrupted: `17.is.23` was 17 and will be 23. */
export interface Staged {
  readonly kind: Kind
  readonly from: MessageNumber
  readonly to: MessageNumber
  readonly path: string
}

const stagedForm = /^([0-9]{1,20})\.is\.([0-9]{1,20})$/

/** In the directory that a file of this kind has under its old number. */
export function stagedPath(kind: Kind, from: MessageNumber, to: MessageNumber): string {
  return `${pathOf(kind, from)}.is.${to}`
}

export interface OtherNames {
  readonly staged: readonly Staged[]
  /** Names that are nobody's. */
  readonly foreign: readonly string[]
}

export function otherNames(disk: Disk, kind: Kind): OtherNames {
  const staged: Staged[] = []
  const foreign: string[] = []
  const look = (directory: string): void => {
    for (const { name } of disk.list(directory)) {
      const path = `${directory}/${name}`
      const [, from, to] = stagedForm.exec(name) ?? []
      if (from !== undefined && to !== undefined) staged.push({ kind, from, to, path })
      else if (!digits.test(name)) foreign.push(path)
    }
  }
  look(kind)
  for (const { name, isDirectory } of disk.list(kind))
    if (isDirectory && digits.test(name)) look(`${kind}/${name}`)
  return { staged, foreign }
}
