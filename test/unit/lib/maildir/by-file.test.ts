import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type MaildirSource, maildirs } from '../../../../lib/maildir/by-file.ts'
import type { MaildirDelivery } from '../../../../lib/maildir/maildir.ts'

const home = mkdtempSync(join(tmpdir(), 'maildir-'))
after(() => rmSync(home, { recursive: true }))

let made = 0
function makeMaildir(...parts: readonly string[]): string {
  made += 1
  const directory = join(home, `Maildir${made}`)
  for (const part of parts.length > 0 ? parts : ['tmp', 'new', 'cur']) {
    mkdirSync(join(directory, part), { recursive: true })
  }
  return directory
}

const source: MaildirSource = { pid: 77, host: 'h.example', now: () => 1_000_000 }

function delivery(directory: string, text: string | MaildirDelivery['bytes']): MaildirDelivery {
  const bytes = typeof text === 'string' ? [Buffer.from(text, 'latin1')] : text
  return { directory, bytes, signal: new AbortController().signal }
}

async function failureOf(given: MaildirDelivery, from = source): Promise<string> {
  const result = await maildirs(from)(given)
  assert.ok(!result.ok)
  assert.equal(result.failure.retry, 'later')
  return `${result.failure.text} (#4.${result.failure.subject})`
}

const temporaryError = 'Temporary error on maildir delivery. (#4.3.0)'
const noMaildir = 'Unable to chdir to maildir. (#4.2.1)'

test('a message is a file in new/ that only its owner can read, and nothing is left in tmp/', async () => {
  const directory = makeMaildir()
  const text = 'Subject: t\n\nFrom here\n\0\r\xff no line end'
  const result = await maildirs(source)(delivery(`${directory}/`, text))
  assert.deepEqual(result, { ok: true, value: '1000.77.h.example' })
  const file = join(directory, 'new/1000.77.h.example')
  assert.equal(readFileSync(file, 'latin1'), text)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(join(directory, 'tmp')), [])
})

test('300 messages at once in one second have 300 names', async () => {
  const directory = makeMaildir()
  const deliver = maildirs(source)
  const texts = Array.from({ length: 300 }, (_, index) => `${index}\n`)
  const results = await Promise.all(texts.map((text) => deliver(delivery(directory, text))))
  assert.ok(results.every((result) => result.ok))
  const files = readdirSync(join(directory, 'new'))
  const contents = files.map((file) => readFileSync(join(directory, 'new', file), 'latin1'))
  assert.deepEqual(contents.toSorted(), texts.toSorted())
  assert.deepEqual(readdirSync(join(directory, 'tmp')), [])
})

test('the directory is synced after the link and before success, by what was given for it', async () => {
  const directory = makeMaildir()
  const synced: string[] = []
  const syncDirectory = async (path: string): Promise<void> => {
    synced.push(path, ...readdirSync(path), ...readdirSync(join(directory, 'tmp')))
  }
  const result = await maildirs({ ...source, syncDirectory })(delivery(directory, 'x'))
  assert.ok(result.ok)
  assert.deepEqual(synced, [`${directory}/new`, result.value, result.value])
})

test('when the directory cannot be synced, the message is a failure and is not in new/', async () => {
  const directory = makeMaildir()
  const syncDirectory = (): Promise<void> => Promise.reject(new Error('disk'))
  assert.equal(await failureOf(delivery(directory, 'x'), { ...source, syncDirectory }), temporaryError)
  assert.deepEqual(readdirSync(join(directory, 'new')), [])
  assert.deepEqual(readdirSync(join(directory, 'tmp')), [])
})

test('a directory that is not there, is a file or a loop of links is no Maildir', async () => {
  writeFileSync(join(home, 'file'), '')
  symlinkSync('loop', join(home, 'loop'))
  for (const name of ['missing', 'file', 'loop']) {
    assert.equal(await failureOf(delivery(join(home, name), 'x')), noMaildir, name)
  }
})

test('a Maildir without tmp/ or without new/ is a temporary error, and tmp/ stays clean', async () => {
  assert.equal(await failureOf(delivery(makeMaildir('new'), 'x')), temporaryError)
  const withoutNew = makeMaildir('tmp')
  assert.equal(await failureOf(delivery(withoutNew, 'x')), temporaryError)
  assert.deepEqual(readdirSync(join(withoutNew, 'tmp')), [])
})

test('a name that is taken in tmp/ is passed over; after three the delivery fails', async () => {
  const directory = makeMaildir()
  writeFileSync(join(directory, 'tmp/1000.77.h.example'), 'theirs')
  const deliver = maildirs(source)
  assert.deepEqual(await deliver(delivery(directory, 'x')), { ok: true, value: '1000.77_1.h.example' })
  for (const count of [2, 3, 4]) writeFileSync(join(directory, `tmp/1000.77_${count}.h.example`), 'theirs')
  const result = await deliver(delivery(directory, 'x'))
  assert.ok(!result.ok)
  assert.equal(readdirSync(join(directory, 'tmp')).length, 4)
})

test("somebody else's message of the same name in new/ is neither replaced nor removed", async () => {
  const directory = makeMaildir()
  writeFileSync(join(directory, 'new/1000.77.h.example'), 'theirs')
  assert.equal(await failureOf(delivery(directory, 'ours')), temporaryError)
  assert.equal(readFileSync(join(directory, 'new/1000.77.h.example'), 'latin1'), 'theirs')
  assert.deepEqual(readdirSync(join(directory, 'tmp')), [])
})

test('a message that cannot be read is said to be so, and leaves nothing', async () => {
  const directory = makeMaildir()
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('half')
    throw new Error('EIO')
  }
  assert.equal(await failureOf(delivery(directory, broken())), 'Unable to read message. (#4.3.0)')
  assert.deepEqual(readdirSync(join(directory, 'tmp')), [])
})

test('a delivery that does not get on ends with its signal', async () => {
  const directory = makeMaildir()
  const abort = new AbortController()
  async function* stalled(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('half')
    setImmediate(() => abort.abort())
    await new Promise(() => {})
  }
  const given = { ...delivery(directory, stalled()), signal: abort.signal }
  assert.equal(await failureOf(given), 'Timeout on maildir delivery. (#4.3.0)')
  assert.deepEqual(readdirSync(join(directory, 'tmp')), [])
  assert.deepEqual(readdirSync(join(directory, 'new')), [])
})

test('a path may hold any byte', async () => {
  const directory = makeMaildir()
  const odd = Buffer.concat([Buffer.from(`${directory}/caf`), Buffer.from([0xe9])])
  for (const part of ['', '/tmp', '/new', '/cur']) mkdirSync(Buffer.concat([odd, Buffer.from(part)]))
  const result = await maildirs(source)(delivery(odd.toString('latin1'), 'x'))
  assert.ok(result.ok)
  assert.deepEqual(readdirSync(Buffer.concat([odd, Buffer.from('/new')])), [result.value])
})

test("Python's mailbox module reads what we delivered", async () => {
  const directory = makeMaildir()
  await maildirs(source)(delivery(directory, 'Return-Path: <a@b>\nSubject: read by Python\n\nFrom here\n'))
  const script = [
    'import mailbox, sys',
    'box = mailbox.Maildir(sys.argv[1], create=False)',
    'print([(m["Subject"], m.get_payload(), m.get_subdir()) for m in box])',
  ].join('\n')
  const said = execFileSync('python3', ['-c', script, directory], { encoding: 'utf8' })
  assert.equal(said, "[('read by Python', 'From here\\n', 'new')]\n")
})
