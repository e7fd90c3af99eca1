/** Look into a Maildir while a suite delivers to it: what is there, and when so much is there. */
import assert from 'node:assert/strict'
import { type FSWatcher, readFileSync, readdirSync, statSync, watch } from 'node:fs'

const PATIENCE_MILLISECONDS = 20_000

/** The messages in new/, oldest first, a character for each byte. */
export function messagesIn(maildir: string): readonly string[] {
  return readdirSync(`${maildir}/new`)
    .map((name) => `${maildir}/new/${name}`)
    .map((path) => ({ path, time: statSync(path, { bigint: true }).mtimeNs }))
    .sort((a, b) => (a.time < b.time ? -1 : 1))
    .map(({ path }) => readFileSync(path, 'latin1'))
}

/** Resolves when at least `count` messages are there, with all of them. */
export async function untilMail(maildir: string, count: number): Promise<readonly string[]> {
  await untilSo(
    `${count} messages in ${maildir}`,
    `${maildir}/new`,
    () => readdirSync(`${maildir}/new`).length >= count,
  )
  return messagesIn(maildir)
}

/** The one message with that subject, as soon as it is there. */
export async function untilSubject(maildir: string, subject: string): Promise<string> {
  const [found = ''] = await untilSubjects(maildir, subject, 1)
  return found
}

/** The messages with that subject, as soon as there are so many; more are a failure. */
export async function untilSubjects(
  maildir: string,
  subject: string,
  count: number,
): Promise<readonly string[]> {
  const find = (): readonly string[] =>
    messagesIn(maildir).filter((one) => one.includes(`\nSubject: ${subject}\n`))
  await untilSo(`a message with the subject ${subject}`, `${maildir}/new`, () => find().length >= count)
  assert.equal(find().length, count)
  return find()
}

/** Resolves when a file that a delivery writes says what it shall. */
export async function untilFile(
  directory: string,
  name: string,
  says: (text: string) => boolean,
): Promise<string> {
  const read = (): string => {
    try {
      return readFileSync(`${directory}/${name}`, 'latin1')
    } catch {
      return ''
    }
  }
  await untilSo(`${directory}/${name}, which has ${JSON.stringify(read())}`, directory, () => says(read()))
  return read()
}

/** Asked once, and again whenever something happens in the directory. */
export async function untilSo(what: string, directory: string, isSo: () => boolean): Promise<void> {
  let watcher: FSWatcher | undefined
  let timer: NodeJS.Timeout | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      watcher = watch(directory, () => isSo() && resolve())
      timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), PATIENCE_MILLISECONDS)
      if (isSo()) resolve()
    })
  } finally {
    watcher?.close()
    clearTimeout(timer)
  }
}

const added = /^(Return-Path: |Delivered-To: |Received: \(qmail |Received: from |  by |MBOX-Line: )/

/** The message below the lines that smtpd, queue and local put in front; fails when anything else stands there. */
export function assertDelivered(delivered: string, message: string): void {
  assert.ok(
    delivered.endsWith(message),
    `${JSON.stringify(delivered)} does not end with ${JSON.stringify(message)}`,
  )
  const front = delivered.slice(0, delivered.length - message.length)
  assert.match(front, /^Return-Path: <.*>\nDelivered-To: .*\n/)
  const foreign = front.split('\n').filter((line) => line !== '' && !added.test(line))
  assert.deepEqual(foreign, [])
}
