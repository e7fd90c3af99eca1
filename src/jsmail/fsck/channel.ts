/**
 * Mending a channel file in its place, so that the offsets by which info speaks of its recipients stay right: a record that is none gets
 * another letter; blocks of zeros (a power failure leaves such) and records that are too long become records that are done; what is
 * torn at the end is cut off, since send would not see it either.
 */
import { ftruncateSync, writeSync } from 'node:fs'
import { NUL } from '../../../lib/bytes/bytes.ts'
import { channelRecord, RECORD_BYTES, RecordReader, type StoredRecord } from '../../../lib/envelope/record.ts'
import type { Disk } from './disk.ts'

/** What is wrong with a channel file, from front to back. */
export type Damage =
  | { readonly is: 'letter'; readonly from: number; readonly letter: 'T' | 'D' }
  /** No recipient can be read out of these bytes, of which the last is NUL. */
  | { readonly is: 'rubble'; readonly from: number; readonly bytes: number }
  | { readonly is: 'tail'; readonly from: number; readonly bytes: number }

export function damagesOf(queue: Disk, path: string): readonly Damage[] {
  const damages: Damage[] = []
  const reader = new RecordReader()
  let position = 0
  let end = 0
  let before: StoredRecord | undefined
  for (const chunk of queue.chunks(path)) {
    for (const record of reader.receive(chunk)) {
      if (before !== undefined) note(damages, before, record.offset)
      before = record
    }
    const last = chunk.lastIndexOf(NUL)
    if (last !== -1) end = position + last + 1
    position += chunk.length
  }
  if (before !== undefined) note(damages, before, end)
  return withTail(damages, end, position)
}

/** `next`: where the record behind it begins. */
function note(damages: Damage[], record: StoredRecord, next: number): void {
  if (channelRecord(record) !== undefined) return
  const from = record.offset
  if (record.letter !== '' && !record.isOversized) {
    damages.push({ is: 'letter', from, letter: letterFor(record) })
    return
  }
  const before = damages.at(-1)
  const isNext = before?.is === 'rubble' && before.from + before.bytes === from
  if (isNext) damages.splice(-1, 1, { ...before, bytes: next - before.from })
  else damages.push({ is: 'rubble', from, bytes: next - from })
}

/** Rubble up to the end of the records is a tail, with what is torn behind it. */
function withTail(damages: readonly Damage[], end: number, sizeBytes: number): readonly Damage[] {
  const last = damages.at(-1)
  const isLast = last?.is === 'rubble' && last.from + last.bytes === end
  const from = isLast ? last.from : end
  const before = isLast ? damages.slice(0, -1) : damages
  return from === sizeBytes ? before : [...before, { is: 'tail', from, bytes: sizeBytes - from }]
}

/** One zero between two records has no room for a record: only a person can take it out. */
export function isMendable(damages: readonly Damage[]): boolean {
  return damages.every((damage) => damage.is !== 'rubble' || damage.bytes > 1)
}

export function mendChannel(queue: Disk, path: string, damages: readonly Damage[]): void {
  queue.change(path, (fd) => {
    for (const damage of damages) {
      if (damage.is === 'letter') writeSync(fd, damage.letter, damage.from, 'latin1')
      if (damage.is === 'rubble') level(fd, damage.from, damage.bytes)
      if (damage.is === 'tail') ftruncateSync(fd, damage.from)
    }
  })
}

/** Records that are done, of a length that everybody reads. */
const LEVEL_BYTES = RECORD_BYTES / 2

function level(fd: number, from: number, bytes: number): void {
  for (let at = 0; at < bytes;) {
    const left = bytes - at
    // Two bytes are the shortest record.
    const length = left <= LEVEL_BYTES + 1 ? left : LEVEL_BYTES
    writeSync(fd, `D${'-'.repeat(length - 2)}\0`, from + at, 'latin1')
    at += length
  }
}

/** `T`, to be delivered, where an address may have lost its letter: twice is better than never. Else `D`, done. */
function letterFor({ value }: StoredRecord): 'T' | 'D' {
  return /^[!-~]+@[!-~]+$/.test(value) ? 'T' : 'D'
}

export function damageText(damage: Damage): string {
  switch (damage.is) {
    case 'letter':
      return `a record at ${damage.from} that is no recipient`
    case 'rubble':
      return `${damage.bytes} bytes at ${damage.from} that are no recipient`
    case 'tail':
      return `${damage.bytes} bytes at its end that are no recipient`
  }
}
