/**
 * Preprocessing in qmail's directories: todo/N is read, info/N and local/N, remote/N are written anew and made durable, files and
 * directory entries, before anybody may ask qmail-clean to remove todo/N. Whenever the process dies before that, the next
 * start finds todo/N and begins again. qmail-send(8), INTERNALS §3.
 */
import type { ByteString } from '../bytes/bytes.ts'
import { type ChannelRecord, recipientRecord, senderRecord } from '../envelope/record.ts'
import { ok } from '../failure/failure.ts'
import { type ChunkReader, openChunks } from './chunks.ts'
import { openEnvelope } from './envelope-reader.ts'
import type { FileSystem } from './filesystem.ts'
import { FRESH_RECIPIENTS, type FreshMessages, type FreshRecipients } from './fresh.ts'
import { attempt, attemptIfThere } from './keeper-failure.ts'
import type { Kept, Preprocessing, TodoKeeper } from './keeper.ts'
import { numbersIn } from './listing.ts'
import {
  bouncePath,
  type Channel,
  channelPath,
  channels,
  infoPath,
  messPath,
  type MessageNumber,
  splitOf,
  todoPath,
} from './paths.ts'
import { RecordFile } from './record-file.ts'

export function classicTodo(fs: FileSystem, fresh: FreshMessages): TodoKeeper {
  return {
    waiting: () => numbersIn(fs, 'todo'),

    envelope: (number) => openEnvelope(fs, todoPath(number)),

    async preprocess(number) {
      const opened = await attempt('open', todoPath(number), () => openChunks(fs, todoPath(number)))
      if (!opened.ok) return opened
      const begun = await begin(fs, fresh, number, opened.value)
      if (!begun.ok) await closeQuietly(opened.value)
      return begun
    },
  }
}

async function begin(
  fs: FileSystem,
  fresh: FreshMessages,
  number: MessageNumber,
  todo: ChunkReader,
): Promise<Kept<Preprocessing>> {
  const mess = await attempt('stat', messPath(number), () => fs.stat(messPath(number)))
  if (!mess.ok) return mess
  for (const path of leftovers(number)) {
    const removed = await attemptIfThere('unlink', path, () => fs.unlink(path))
    if (!removed.ok) return removed
  }
  const info = await RecordFile.create(fs, infoPath(number))
  if (!info.ok) return info
  return ok(new ClassicPreprocessing(fs, fresh, number, todo, info.value, mess.value.sizeBytes))
}

/**
 * What may lie there from an interrupted attempt. A bounce cannot, in qmail's states; after a power failure one may come back
 * whose message is long gone, and its paragraphs must not be told to another sender.
 */
function leftovers(number: MessageNumber): string[] {
  return [...channels.map((channel) => channelPath(channel, number)), infoPath(number), bouncePath(number)]
}

class ClassicPreprocessing implements Preprocessing {
  readonly sizeBytes: number
  readonly file: string
  readonly #fs: FileSystem
  readonly #fresh: FreshMessages
  readonly #number: MessageNumber
  readonly #todo: ChunkReader
  readonly #info: RecordFile
  readonly #channels = new Map<Channel, RecordFile>()
  #sender: ByteString | undefined
  /** For FreshMessages; undefined once there are too many. */
  #recipients: Map<Channel, ChannelRecord[]> | undefined = new Map()
  #recipientCount = 0

  constructor(
    fs: FileSystem,
    fresh: FreshMessages,
    number: MessageNumber,
    todo: ChunkReader,
    info: RecordFile,
    sizeBytes: number,
  ) {
    this.#fs = fs
    this.#fresh = fresh
    this.#number = number
    this.#todo = todo
    this.#info = info
    this.sizeBytes = sizeBytes
    this.file = todoPath(number)
  }

  read(): Promise<Kept<Uint8Array | undefined>> {
    return attempt('read', this.file, () => this.#todo.read())
  }

  addSender(sender: ByteString): Promise<Kept<undefined>> {
    this.#sender ??= sender
    return this.addExtra(senderRecord(sender))
  }

  async addExtra(record: ByteString): Promise<Kept<undefined>> {
    const added = await this.#info.add(record)
    return added.ok ? ok() : added
  }

  async addRecipient(channel: Channel, recipient: ByteString): Promise<Kept<number>> {
    let file = this.#channels.get(channel)
    if (file === undefined) {
      const created = await RecordFile.create(this.#fs, channelPath(channel, this.#number))
      if (!created.ok) return created
      file = created.value
      this.#channels.set(channel, file)
      this.#recipients?.set(channel, [])
    }
    const added = await file.add(recipientRecord(recipient))
    if (!added.ok) return added
    if (++this.#recipientCount > FRESH_RECIPIENTS) this.#recipients = undefined
    this.#recipients?.get(channel)?.push({ offset: added.value, isDone: false, recipient })
    return added
  }

  async commit(): Promise<Kept<readonly Channel[]>> {
    const synced = await this.#sync()
    await this.abandon()
    if (!synced.ok) return synced
    if (this.#sender !== undefined && this.#recipients !== undefined) {
      const facts = { sender: this.#sender, birthSeconds: this.#info.mtimeSeconds }
      this.#fresh.remember(this.#number, facts, this.#freshRecipients(this.#recipients))
    }
    return ok(channels.filter((channel) => this.#channels.has(channel)))
  }

  #freshRecipients(
    recipients: ReadonlyMap<Channel, readonly ChannelRecord[]>,
  ): Map<Channel, FreshRecipients> {
    const fresh = new Map<Channel, FreshRecipients>()
    for (const [channel, records] of recipients) {
      fresh.set(channel, { records, changed: this.#channels.get(channel)?.changed ?? '' })
    }
    return fresh
  }

  async abandon(): Promise<void> {
    const files = [this.#info, ...this.#channels.values()]
    await Promise.all([closeQuietly(this.#todo), ...files.map((file) => file.close())])
  }

  /** The files side by side, then their directories: waits that overlap share the file system's commits. */
  async #sync(): Promise<Kept<undefined>> {
    const files = await Promise.all([this.#info, ...this.#channels.values()].map((file) => file.sync()))
    const split = splitOf(this.#number)
    const directories = ['info', ...this.#channels.keys()].map((name) => `${name}/${split}`)
    const failure = files.find((synced) => !synced.ok)
    if (failure !== undefined) return failure
    const entries = await Promise.all(
      directories.map((path) =>
        attempt('fsync', path, async () => {
          await this.#fs.syncDirectory(path)
          return undefined
        }),
      ),
    )
    return entries.find((synced) => !synced.ok) ?? ok()
  }
}

async function closeQuietly(chunks: ChunkReader): Promise<void> {
  await chunks.close().catch(() => {})
}
