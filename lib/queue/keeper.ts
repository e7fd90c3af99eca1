/**
 * What is done with a message once it is queued: the side of the store that send, clean and the queue tools see. Message numbers are
 * opaque, a message is read through the store and never by path, and marking a recipient done is an operation of it, so that
 * another implementation (a journal before the directories) can stand here. classic-keeper.ts keeps qmail's directories.
 *
 * States (INTERNALS §2): mess+todo = queued; mess+info without todo = preprocessed. Every operation leaves a legal state
 * behind, whenever the process dies. Nothing here throws for trouble with a file: trouble is a KeeperFailure.
 */
import type { ByteString } from '../bytes/bytes.ts'
import type { ChannelRecord, StoredRecord } from '../envelope/record.ts'
import type { Failure, Result } from '../failure/failure.ts'
import type { Channel, MessageNumber } from './paths.ts'

/** What could not be done, in the words of qmail-send's warnings. `parse`: the file has a record that does not belong there. */
export type Doing =
  | 'open'
  | 'stat'
  | 'unlink'
  | 'create'
  | 'read'
  | 'write'
  | 'fsync'
  | 'utime'
  | 'mark'
  | 'parse'

export interface KeeperFailure extends Failure {
  readonly doing: Doing
  /** As qmail-send's log names it: `todo/17`, `info/4/27`. */
  readonly file: string
}

export type Kept<T> = Result<T, KeeperFailure>

export interface QueueKeeper {
  readonly todo: TodoKeeper
  readonly scheduled: ScheduledKeeper
  readonly bounces: BounceKeeper
  readonly removal: RemovalKeeper
}

/** From queued to preprocessed. */
export interface TodoKeeper {
  /** Numbers of the messages that wait, in chunks, in no order. Throws UnreadableDirectory. */
  waiting(): AsyncIterable<readonly MessageNumber[]>
  /** The envelope of one that waits, to be looked at and left as it is. */
  envelope(number: MessageNumber): Promise<Kept<WaitingEnvelope>>
  /** Open the envelope, remove what an interrupted attempt left, begin a new info file. */
  preprocess(number: MessageNumber): Promise<Kept<Preprocessing>>
}

/** Reads an envelope's records in order. To be closed. */
export interface WaitingEnvelope {
  /** When it was queued, in seconds. */
  readonly queuedSeconds: number
  /** At least one; undefined at the end. */
  read(): Promise<Kept<readonly StoredRecord[] | undefined>>
  close(): Promise<void>
}

/** One message being preprocessed: its envelope is read, info and channel files are written. To be ended by commit or abandon. */
export interface Preprocessing {
  /** Of the stored message, qmail-queue's Received line counted in. */
  readonly sizeBytes: number
  /** The envelope, as qmail-send's log names it. */
  readonly file: string
  /** The next bytes of the envelope; undefined at its end. */
  read(): Promise<Kept<Uint8Array | undefined>>
  /** Appended to info/N. More than one may come: the first is the sender. */
  addSender(sender: ByteString): Promise<Kept<undefined>>
  /** Append to info/N a record made by lib/envelope/record; after the sender only. */
  addExtra(record: ByteString): Promise<Kept<undefined>>
  /** Append to the channel, which exists from its first recipient on. The value is the offset that markDone wants. */
  addRecipient(channel: Channel, recipient: ByteString): Promise<Kept<number>>
  /**
   * Everything written is on disk, directory entries too. The message is preprocessed as soon as qmail-clean has removed
   * todo/N; the value says which channels have recipients.
   */
  commit(): Promise<Kept<readonly Channel[]>>
  /** Close everything; the next attempt begins anew. */
  abandon(): Promise<void>
}

/** Where a message stands, by the files it has. */
export interface Standing {
  readonly number: MessageNumber
  readonly isTodo: boolean
  readonly hasInfo: boolean
  /** Each channel that has a file, with its due time in seconds (the file's mtime). */
  readonly due: { readonly [channel in Channel]?: number }
}

/** Where it stands, or why that cannot be told; of which message in both cases. */
export type Found = Kept<Standing> & { readonly number: MessageNumber }

export interface MessageFacts {
  readonly sender: ByteString
  /** When the message was preprocessed: the mtime of info/N, in seconds. */
  readonly birthSeconds: number
}

/** Preprocessed messages and their recipients. */
export interface ScheduledKeeper {
  /** Every message that has an info file, in chunks, in no order. Throws UnreadableDirectory. */
  all(): AsyncIterable<readonly Found[]>
  standing(number: MessageNumber): Promise<Kept<Standing>>
  facts(number: MessageNumber): Promise<Kept<MessageFacts>>
  /** The records of info/N after F, whole (`x1 M ...`), as they were added. Throws the system's error. */
  extras(number: MessageNumber): AsyncIterable<ByteString>
  recipients(number: MessageNumber, channel: Channel): Promise<Kept<RecipientReader>>
  markDone(number: MessageNumber, channel: Channel, offset: number): Promise<Kept<undefined>>
  /**
   * Mark every recipient that is not done; `before` is told of them first, some at a time, and nothing more is marked when it fails. The
   * value says how many there were. For queue tools, while send runs or not: send passes over what is marked.
   */
  markAllDone(
    number: MessageNumber,
    channel: Channel,
    before: (recipients: readonly ChannelRecord[]) => Promise<Kept<undefined>>,
  ): Promise<Kept<number>>
  /** No recipient of it is left. */
  removeChannel(number: MessageNumber, channel: Channel): Promise<Kept<undefined>>
  /** Remember across a restart when to try next, whole seconds. */
  setDue(number: MessageNumber, channel: Channel, seconds: number): Promise<Kept<undefined>>
  /** The message is over: from here on it is garbage for qmail-clean. */
  removeInfo(number: MessageNumber): Promise<Kept<undefined>>
  /** `<split>/<number>`, the name that the spawners get. */
  messid(number: MessageNumber): ByteString
  /** Of the stored message. */
  sizeBytes(number: MessageNumber): Promise<Kept<number>>
  /** The stored message from its first byte, in chunks; throws the system's error. */
  message(number: MessageNumber): AsyncIterable<Uint8Array>
}

/** Reads a channel's recipients in order. To be closed. */
export interface RecipientReader {
  /** At least one, in the order of the file; undefined at the end. A failure of `parse` comes after all records before it. */
  read(): Promise<Kept<readonly ChannelRecord[] | undefined>>
  close(): Promise<void>
}

/** What will be told to the sender: bounce/N. */
export interface BounceKeeper {
  /** On disk, directory entry too, before the value: only then may the recipient be marked done. */
  append(number: MessageNumber, paragraph: ByteString): Promise<Kept<undefined>>
  /** Its length in bytes, undefined when nothing is to be told. */
  sizeBytes(number: MessageNumber): Promise<Kept<number | undefined>>
  /** In chunks; throws the system's error. */
  read(number: MessageNumber): AsyncIterable<Uint8Array>
  remove(number: MessageNumber): Promise<Kept<undefined>>
  /** As qmail-send's log names it. */
  file(number: MessageNumber): string
}

/** What qmail-clean does, and what finds work for it. What is not there counts as removed. */
export interface RemovalKeeper {
  /** Commit of preprocessing: intd/N, then todo/N. */
  removeTodo(number: MessageNumber): Promise<Kept<undefined>>
  /** intd/N, then mess/N. */
  removeMessage(number: MessageNumber): Promise<Kept<undefined>>
  /** Files in pid/ that nobody has touched for 36 hours: their writer is dead. */
  sweepDrafts(nowSeconds: number): Promise<void>
  /** All that has a mess file, in chunks, in no order. Throws UnreadableDirectory. */
  messages(): AsyncIterable<readonly MessageNumber[]>
  /** A message that is not queued and that nobody has read for 36 hours: its writer is dead. */
  isOrphan(number: MessageNumber, nowSeconds: number): Promise<Kept<boolean>>
}
