/**
 * Preprocessed messages in qmail's directories: info/N has the sender and, as its mtime, the birth; local/N and remote/N have the
 * recipients and, as their mtime, the due time at the next start. qmail-send(8), INTERNALS §2.
 */
import { RecordReader, type StoredRecord } from '../envelope/record.ts'
import { ok } from '../failure/failure.ts'
import { ChannelReader, readerOf } from './channel-reader.ts'
import { openChunks, readChunks } from './chunks.ts'
import { markAllDone, markDone } from './classic-marks.ts'
import type { FileSystem } from './filesystem.ts'
import type { FreshMessages } from './fresh.ts'
import { attempt, attemptIfThere } from './keeper-failure.ts'
import type { Found, Kept, MessageFacts, ScheduledKeeper, Standing } from './keeper.ts'
import { allNumbersIn, numbersIn } from './listing.ts'
import {
  type Channel,
  channelPath,
  channels,
  infoPath,
  messid,
  messPath,
  type MessageNumber,
  SPLIT,
  todoPath,
} from './paths.ts'

export function classicScheduled(fs: FileSystem, fresh: FreshMessages): ScheduledKeeper {
  return {
    all: () => allStandings(fs),
    standing: (number) => standing(fs, number),
    facts: async (number) => {
      const known = fresh.facts(number)
      return known === undefined ? readFacts(fs, number) : factsNow(fs, number, known)
    },
    extras: (number) => extras(fs, number),

    async recipients(number, channel) {
      const path = channelPath(channel, number)
      const known = fresh.takeRecipients(number, channel)
      if (known !== undefined && (await isUnchanged(fs, path, known.changed)))
        return ok(readerOf(known.records))
      const opened = await attempt('open', path, () => openChunks(fs, path))
      return opened.ok ? ok(new ChannelReader(path, opened.value)) : opened
    },

    markDone: (number, channel, offset) => markDone(fs, channelPath(channel, number), offset),
    markAllDone: (number, channel, before) => markAllDone(fs, channelPath(channel, number), before),
    removeChannel: (number, channel) => remove(fs, channelPath(channel, number)),

    setDue(number, channel, seconds) {
      const path = channelPath(channel, number)
      return attempt('utime', path, async () => void (await fs.setTimes(path, seconds)))
    },

    removeInfo(number) {
      fresh.forget(number)
      return remove(fs, infoPath(number))
    },

    messid,
    sizeBytes: (number) =>
      attempt('stat', messPath(number), async () => (await fs.stat(messPath(number))).sizeBytes),
    message: (number) => readChunks(fs, messPath(number)),
  }
}

function remove(fs: FileSystem, path: string): Promise<Kept<undefined>> {
  return attempt('unlink', path, async () => void (await fs.unlink(path)))
}

/**
 * At a start only: channel files come and go. Directories are listed and files only asked for their times, which costs a third of
 * asking for each file that might be there; and a missing directory is trouble instead of a message without recipients.
 */
async function* allStandings(fs: FileSystem): AsyncGenerator<readonly Found[], void, void> {
  const todo = await allNumbersIn(fs, 'todo')
  for (let split = 0; split < SPLIT; split++) {
    const on = {
      local: await allNumbersIn(fs, `local/${split}`),
      remote: await allNumbersIn(fs, `remote/${split}`),
    }
    for await (const numbers of numbersIn(fs, `info/${split}`)) {
      for (let at = 0; at < numbers.length; at += PIECE) {
        const found: Found[] = []
        for (const number of numbers.slice(at, at + PIECE)) {
          found.push({ ...(await dueTimes(fs, number, on, todo.has(number))), number })
        }
        yield found
      }
    }
  }
}

/** So few at once that what is found dies young: 100,000 messages then need little more memory than is kept of them. */
const PIECE = 64

async function dueTimes(
  fs: FileSystem,
  number: MessageNumber,
  on: { readonly [channel in Channel]: ReadonlySet<MessageNumber> },
  isTodo: boolean,
): Promise<Kept<Standing>> {
  const due: { [channel in Channel]?: number } = {}
  for (const channel of channels) {
    if (!on[channel].has(number)) continue
    const path = channelPath(channel, number)
    const status = await attemptIfThere('stat', path, () => fs.stat(path))
    if (!status.ok) return status
    if (status.value !== undefined) due[channel] = status.value.mtimeSeconds
  }
  return ok({ number, isTodo, hasInfo: true, due })
}

async function standing(fs: FileSystem, number: MessageNumber): Promise<Kept<Standing>> {
  const due: { [channel in Channel]?: number } = {}
  for (const channel of channels) {
    const path = channelPath(channel, number)
    const status = await attemptIfThere('stat', path, () => fs.stat(path))
    if (!status.ok) return status
    if (status.value !== undefined) due[channel] = status.value.mtimeSeconds
  }
  const todo = await attemptIfThere('stat', todoPath(number), () => fs.stat(todoPath(number)))
  if (!todo.ok) return todo
  const info = await attemptIfThere('stat', infoPath(number), () => fs.stat(infoPath(number)))
  if (!info.ok) return info
  return ok({ number, isTodo: todo.value !== undefined, hasInfo: info.value !== undefined, due })
}

/** A file without an F in front is as bad as one that cannot be opened: qmail-send says so in the same words. */
async function readFacts(fs: FileSystem, number: MessageNumber): Promise<Kept<MessageFacts>> {
  const path = infoPath(number)
  return attempt('open', path, async () => {
    const { mtimeSeconds } = await fs.stat(path)
    for await (const record of records(fs, path)) {
      if (record.letter === 'F' && !record.isOversized)
        return { sender: record.value, birthSeconds: mtimeSeconds }
      break
    }
    throw new Error('no sender')
  })
}

/** A sender never changes, but a birth may: people make a message old so that it gets its last attempt. */
function factsNow(
  fs: FileSystem,
  number: MessageNumber,
  { sender }: MessageFacts,
): Promise<Kept<MessageFacts>> {
  const path = infoPath(number)
  return attempt('open', path, async () => ({ sender, birthSeconds: (await fs.stat(path)).mtimeSeconds }))
}

async function isUnchanged(fs: FileSystem, path: string, changed: string): Promise<boolean> {
  const status = await attempt('stat', path, () => fs.stat(path))
  return status.ok && status.value.changed === changed
}

async function* extras(fs: FileSystem, number: MessageNumber): AsyncGenerator<string, void, void> {
  let isFirst = true
  for await (const { letter, value } of records(fs, infoPath(number))) {
    if (!isFirst) yield letter + value
    isFirst = false
  }
}

async function* records(fs: FileSystem, path: string): AsyncGenerator<StoredRecord, void, void> {
  const reader = new RecordReader()
  for await (const chunk of readChunks(fs, path)) yield* reader.receive(chunk)
}
