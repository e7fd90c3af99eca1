/**
 * Preprocessed messages in qmail's directories: info/N has the sender and, as its mtime, the birth; local/N and remote/N have the
 * recipients and, as their mtime, the due time at the next start. qmail-send(8), INTERNALS §2.
 */
import { type ChannelRecord, channelRecord, RecordReader, type StoredRecord } from '../envelope/record.ts'
import { failed, ok } from '../failure/failure.ts'
import { type ChunkReader, openChunks, readChunks } from './chunks.ts'
import type { FileSystem, OpenFile } from './filesystem.ts'
import type { FreshMessages } from './fresh.ts'
import { attempt, attemptIfThere, keeperFailure } from './keeper-failure.ts'
import type { Found, Kept, MessageFacts, RecipientReader, ScheduledKeeper, Standing } from './keeper.ts'
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
      return known === undefined ? readFacts(fs, number) : ok(known)
    },
    extras: (number) => extras(fs, number),

    async recipients(number, channel) {
      const known = fresh.takeRecipients(number, channel)
      if (known !== undefined) return ok(readerOf(known))
      const path = channelPath(channel, number)
      const opened = await attempt('open', path, () => openChunks(fs, path))
      return opened.ok ? ok(new ChannelReader(path, opened.value)) : opened
    },

    markDone(number, channel, offset) {
      const path = channelPath(channel, number)
      return attempt('mark', path, async () => {
        const file = await fs.open(path, 'write')
        return closing(file, () => file.writeAt(DONE, offset))
      })
    },

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

const DONE = Buffer.from('D')

function remove(fs: FileSystem, path: string): Promise<Kept<undefined>> {
  return attempt('unlink', path, async () => void (await fs.unlink(path)))
}

async function closing(file: OpenFile, act: () => Promise<void>): Promise<undefined> {
  try {
    await act()
  } finally {
    await file.close()
  }
  return undefined
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

function readerOf(records: readonly ChannelRecord[]): RecipientReader {
  let isRead = false
  return {
    async read() {
      if (isRead || records.length === 0) return ok(undefined)
      isRead = true
      return ok(records)
    },
    close: async () => {},
  }
}

class ChannelReader implements RecipientReader {
  readonly #path: string
  readonly #chunks: ChunkReader
  readonly #records = new RecordReader()
  #isDamaged = false

  constructor(path: string, chunks: ChunkReader) {
    this.#path = path
    this.#chunks = chunks
  }

  async read(): Promise<Kept<readonly ChannelRecord[] | undefined>> {
    while (!this.#isDamaged) {
      const chunk = await attempt('read', this.#path, () => this.#chunks.read())
      if (!chunk.ok) return chunk
      if (chunk.value === undefined) return ok(undefined)
      const found = this.#parse(chunk.value)
      if (found.length > 0) return ok(found)
    }
    return failed(keeperFailure('parse', this.#path, undefined))
  }

  async close(): Promise<void> {
    await this.#chunks.close().catch(() => {})
  }

  #parse(chunk: Uint8Array): ChannelRecord[] {
    const found: ChannelRecord[] = []
    for (const record of this.#records.receive(chunk)) {
      const recipient = channelRecord(record)
      if (recipient === undefined) {
        this.#isDamaged = true
        break
      }
      found.push(recipient)
    }
    return found
  }
}
