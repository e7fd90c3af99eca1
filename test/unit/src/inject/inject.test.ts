import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { byteString, bytesOf } from '../../../../lib/bytes/bytes.ts'
import type { Envelope } from '../../../../lib/envelope/envelope.ts'
import { failed, ok } from '../../../../lib/failure/failure.ts'
import { queueFailure, type QueueFailure } from '../../../../lib/queue/exitcode.ts'
import type { OpenSubmission } from '../../../../lib/queue/submission.ts'
import { HEADER_BYTES, inject } from '../../../../src/inject/inject.ts'
import type { Settings } from '../../../../src/inject/settings.ts'

const settings: Settings = {
  recipientsFrom: 'either',
  isPrinted: false,
  sender: undefined,
  user: 'joe',
  host: undefined,
  name: undefined,
  senderUser: 'joe',
  senderHost: undefined,
  nameIsComment: false,
  ignoresReturnPath: false,
  deletesFrom: false,
  deletesMessageId: false,
  verpByRecipient: false,
  verpByMessage: false,
  defaults: { defaultHost: 'h.h', defaultDomain: 'd', plusDomain: 'p' },
  idHost: 'i',
  lists: undefined,
}

const complete = 'Date: d\nMessage-ID: <m>\nFrom: f@f.f\nTo: t@t.t\n'

interface Seen {
  text: string
  bytes: number
  envelope: Envelope | undefined
  aborted: boolean
}

/** A queue that keeps the message, or only counts it, and answers as told. */
function memoryQueue(answer?: QueueFailure, keeps = true): { seen: Seen; open: OpenSubmission } {
  const seen: Seen = { text: '', bytes: 0, envelope: undefined, aborted: false }
  return {
    seen,
    open: async () =>
      ok({
        write(bytes) {
          if (keeps) seen.text += byteString(bytes)
          seen.bytes += bytes.length
          return undefined
        },
        async commit(envelope) {
          seen.envelope = envelope
          return answer === undefined ? ok({ qp: 1 }) : failed(answer)
        },
        async abort() {
          seen.aborted = true
        },
      }),
  }
}

async function* chunks(...texts: readonly (string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    if (text instanceof Error) throw text
    yield bytesOf(text)
  }
}

async function sent(...texts: readonly (string | Error)[]) {
  const { seen, open } = memoryQueue()
  const result = await inject(chunks(...texts), [], settings, { nowMs: 0, pid: 1 }, open)
  return { seen, said: result.ok ? 'ok' : `${result.failure.retry} ${result.failure.text}` }
}

test('header, empty line and body arrive as they were, however they were cut', async () => {
  const message = `${complete}\nbody\n\nmore\n`
  for (const step of [1, 7, message.length]) {
    const parts = message.match(new RegExp(`[^]{1,${step}}`, 'g')) ?? []
    const { seen, said } = await sent(...parts)
    equal(said, 'ok')
    equal(seen.text, message)
    deepEqual(seen.envelope, { sender: 'joe@h.h', recipients: ['t@t.t'] })
  }
})

test('K19, K22: a line that is no field begins the body, behind an empty line', async () => {
  equal((await sent(`${complete}not a header\nmore\n`)).seen.text, `${complete}\nnot a header\nmore\n`)
  equal((await sent(`${complete}X\x01y: foo\n`)).seen.text, `${complete}\nX\x01y: foo\n`)
})

test('K24: a last line without line end gets one; a message without a body gets no empty line', async () => {
  equal((await sent(`${complete}\nbody`)).seen.text, `${complete}\nbody\n`)
  equal((await sent(`${complete}\n`, 'bo', 'dy')).seen.text, `${complete}\nbody\n`)
  equal((await sent(`${complete}\n`)).seen.text, `${complete}\n`)
  equal((await sent(complete)).seen.text, complete)
  equal((await sent(complete.trimEnd())).seen.text, complete)
})

test('a message that breaks off is not queued', async () => {
  const inBody = await sent(`${complete}\nbody`, new Error('EIO'))
  equal(inBody.said, 'later unable to read message')
  deepEqual([inBody.seen.envelope, inBody.seen.aborted], [undefined, true])
  const inHeader = await sent('To: a', new Error('EIO'))
  deepEqual([inHeader.said, inHeader.seen.bytes], ['later unable to read message', 0])
})

test('a header of the largest size is taken, one byte more is refused before anything is submitted', async () => {
  const filler = (bytes: number) => `X: ${'x'.repeat(bytes - complete.length - 4)}\n${complete}\nbody\n`
  equal((await sent(filler(HEADER_BYTES))).said, 'ok')
  const { seen, said } = await sent(filler(HEADER_BYTES + 1))
  equal(said, `never message header longer than ${HEADER_BYTES} bytes`)
  equal(seen.bytes, 0)
})

test('a body streams through: memory does not grow with it', async () => {
  const { seen, open } = memoryQueue(undefined, false)
  const piece = Buffer.alloc(65536, 'a')
  async function* large(): AsyncGenerator<Uint8Array> {
    yield bytesOf(`${complete}\n`)
    for (let n = 0; n < 4096; n += 1) yield piece
  }
  const before = process.memoryUsage().rss
  const result = await inject(large(), [], settings, { nowMs: 0, pid: 1 }, open)
  equal(result.ok, true)
  equal(seen.bytes, complete.length + 1 + 4096 * 65536 + 1)
  equal(process.memoryUsage().rss - before < 64 * 1024 * 1024, true)
})

test('what the queue says is passed on in its words', async () => {
  for (const [code, text] of [
    [31, 'never mail server permanently rejected message (#5.3.0)'],
    [53, 'later qq write error or disk full (#4.3.0)'],
  ] as const) {
    const { open } = memoryQueue(queueFailure(code))
    const result = await inject(chunks(complete), [], settings, { nowMs: 0, pid: 1 }, open)
    equal(result.ok ? 'ok' : `${result.failure.retry} ${result.failure.text}`, text)
  }
  const none: OpenSubmission = async () => failed(queueFailure(120))
  const result = await inject(chunks(complete), [], settings, { nowMs: 0, pid: 1 }, none)
  equal(result.ok ? 'ok' : result.failure.text, 'unable to exec qq (#4.3.0)')
})
