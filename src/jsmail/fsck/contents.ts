/**
 * Last stage of fsck: info names a sender, channel files have nothing but recipients, and send will know every record of what waits in todo.
 * A file that is changed is copied to lost before.
 */
import { RecordReader, type StoredRecord, todoRecord } from '../../../lib/envelope/record.ts'
import type { MessageNumber } from '../../../lib/queue/paths.ts'
import { damagesOf, damageText, isMendable, mendChannel } from './channel.ts'
import type { Disk } from './disk.ts'
import { entriesOf, pathOf } from './entries.ts'
import { departure, type Finding } from './finding.ts'
import { copyToLost, type Place } from './place.ts'

export function* contents(place: Place): Generator<Finding, void, void> {
  const { queue } = place
  for (const { number, path, isFile } of entriesOf(queue, 'todo'))
    if (isFile) yield* envelope(place, number, path)
  for (const { number, path, isFile } of entriesOf(queue, 'info')) {
    // While it is in todo, send makes it anew.
    if (!isFile || queue.exists(pathOf('todo', number)) || namesSender(queue, path)) continue
    if (!queue.exists(path) || !queue.exists(pathOf('mess', number))) continue
    yield departure(`${path}: names no sender`, 'made anew, with an empty sender', () => {
      copyToLost(place, path)
      rewriteInfo(place, path)
    })
  }
  for (const channel of ['local', 'remote'] as const) {
    for (const { number, path, isFile } of entriesOf(queue, channel)) {
      if (isFile && !queue.exists(pathOf('todo', number))) yield* recipients(place, path)
    }
  }
}

function rewriteInfo({ queue }: Place, path: string): void {
  const found = queue.status(path)
  if (found === undefined) return
  queue.write(path, Buffer.from('F\0'), found, found.mode, found.mtimeSeconds)
}

function namesSender(queue: Disk, path: string): boolean {
  for (const { letter, isOversized } of recordsOf(queue, path)) return letter === 'F' && !isOversized
  return false
}

/** So many are told of one file. */
const TOLD = 3

function* recipients(place: Place, path: string): Generator<Finding, void, void> {
  const damages = damagesOf(place.queue, path)
  if (damages.length === 0) return
  const told = damages.slice(0, TOLD).map(damageText)
  const what = `${path}: ${told.join(', ')}${damages.length > TOLD ? ', and more' : ''}`
  if (!isMendable(damages)) {
    yield { is: 'question', what }
    return
  }
  yield departure(what, 'mended, the old file copied to lost', () => {
    copyToLost(place, path)
    mendChannel(place.queue, path, damages)
  })
}

/** Only a person can say what was meant, and send leaves it where it is. */
function* envelope({ queue }: Place, number: MessageNumber, path: string): Generator<Finding, void, void> {
  if (!queue.exists(pathOf('mess', number))) return
  let hasSender = false
  for (const record of recordsOf(queue, path)) {
    const known = todoRecord(record)
    if (known.is === 'sender') hasSender = true
    if (known.is !== 'unknown' && known.is !== 'mustHold') continue
    yield { is: 'question', what: `${path}: has a record that send does not know, and waits for ever` }
    return
  }
  if (!hasSender && queue.exists(path))
    yield { is: 'question', what: `${path}: has no sender, and cannot be delivered` }
}

/** Does it begin, go on and end as queue writes it? */
export function isWholeEnvelope(queue: Disk, path: string): boolean {
  if (!queue.exists(path) || damagesOf(queue, path).some(({ is }) => is === 'tail')) return false
  let hasSender = false
  for (const record of recordsOf(queue, path)) {
    const { is } = todoRecord(record)
    if (is === 'unknown' || is === 'mustHold') return false
    if (is === 'sender') hasSender = true
  }
  return hasSender
}

function* recordsOf(queue: Disk, path: string): Generator<StoredRecord, void, void> {
  const reader = new RecordReader()
  for (const chunk of queue.chunks(path)) yield* reader.receive(chunk)
}
