/**
 * Where the files of a message lie beneath the queue directory, and the numbers that are compiled into every qmail: the only
 * place that knows them. qmail.md "Queue on disk". Above the store a message number is an opaque word.
 */

/** The inode number of the mess file, in decimal without padding. Inode numbers can pass 2^53: never a JavaScript number. */
export type MessageNumber = string

/** conf-split: how many directories share mess, info, local and remote. */
export const SPLIT = 23
const bigSplit = BigInt(SPLIT)

/** A file in queue/pid, or a message without info and todo, is garbage when it has not been read for so long (seconds). */
export const ORPHAN_SECONDS = 129_600

/** qmail-queue ends itself after so long (seconds): that is why an orphan is certainly dead. */
export const QUEUE_SECONDS = 86_400

export type Channel = 'local' | 'remote'
export const channels: readonly Channel[] = ['local', 'remote']

const digits = /^[0-9]{1,20}$/

/** Names in the queue that are no number belong to nobody: they are passed over. */
export function isMessageNumber(name: string): boolean {
  return digits.test(name)
}

export function splitOf(number: MessageNumber): number {
  return number.length <= 15 ? Number(number) % SPLIT : Number(BigInt(number) % bigSplit)
}

/** `<split>/<number>`, the name by which send tells the spawners of a message. */
export function messid(number: MessageNumber): string {
  return `${splitOf(number)}/${number}`
}

export const messPath = (number: MessageNumber): string => `mess/${messid(number)}`
export const infoPath = (number: MessageNumber): string => `info/${messid(number)}`
export const channelPath = (channel: Channel, number: MessageNumber): string => `${channel}/${messid(number)}`
export const intdPath = (number: MessageNumber): string => `intd/${number}`
export const todoPath = (number: MessageNumber): string => `todo/${number}`
export const bouncePath = (number: MessageNumber): string => `bounce/${number}`
