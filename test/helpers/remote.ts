/**
 * Deliveries by remote for tests, in two forms that must not differ: its core in this process, and the program as qmail-rspawn starts it,
 * with the message file on descriptor 0 and a real home. What comes back are the bytes of its report.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { controlFiles } from '../../lib/control/by-file.ts'
import { lockWithin } from '../../lib/lock/by-flock.ts'
import { ensureBuilt } from '../../scripts/built.ts'
import { connectByTcp } from '../../src/remote/connect.ts'
import { messageOn } from '../../src/remote/message.ts'
import { deliverRemote, type Surroundings } from '../../src/remote/remote.ts'
import { noControls, printed } from '../../src/remote/report.ts'
import { readSettings } from '../../src/remote/settings.ts'
import { tcptoAt } from '../../src/remote/tcpto.ts'
import { program } from './program.ts'

export interface Delivery {
  /** `h.example` when not given. */
  readonly host?: string
  /** `s@d.example` when not given. */
  readonly sender?: string
  /** `r@h.example` when not given. */
  readonly recipients?: readonly string[]
  /** The bytes on descriptor 0, as latin1. */
  readonly message?: string
}

export interface RemoteHome extends Disposable {
  readonly home: string
  /** Write control files, by name; undefined removes one. */
  control(files: Readonly<Record<string, string | undefined>>): void
  /** An open file with this content, at its beginning; closed with the home. */
  messageFile(content: string): number
}

/** A home with `control/me` = mx.example.org and an empty lock/tcpto. */
export function makeRemoteHome(control: Readonly<Record<string, string | undefined>> = {}): RemoteHome {
  const home = mkdtempSync(`${tmpdir()}/remote-`)
  mkdirSync(`${home}/control`)
  mkdirSync(`${home}/queue/lock`, { recursive: true })
  writeFileSync(`${home}/queue/lock/tcpto`, Buffer.alloc(1024))
  const descriptors: number[] = []
  const made: RemoteHome = {
    home,
    control(files) {
      for (const [name, content] of Object.entries(files)) {
        if (content === undefined) rmSync(`${home}/control/${name}`, { force: true })
        else writeFileSync(`${home}/control/${name}`, content, 'latin1')
      }
    },
    messageFile(content) {
      const path = `${home}/message.${descriptors.length}`
      writeFileSync(path, content, 'latin1')
      const fd = openSync(path, 'r')
      descriptors.push(fd)
      return fd
    },
    [Symbol.dispose]() {
      descriptors.forEach((fd) => closeSync(fd))
      rmSync(home, { recursive: true, force: true })
    },
  }
  made.control({ me: 'mx.example.org\n', ...control })
  return made
}

export type Form = (
  home: RemoteHome,
  delivery: Delivery,
  surroundings?: Partial<Surroundings>,
) => Promise<string>

export const inProcess: Form = async (made, delivery, surroundings = {}) => {
  const { host = 'h.example', sender = 's@d.example', recipients = ['r@h.example'] } = delivery
  const settings = readSettings(controlFiles(made.home))
  if (!settings.ok) return printed(noControls)
  const message = messageOn(made.messageFile(delivery.message ?? 'hello\n'))
  const report = await deliverRemote(
    { host, sender, recipients, message },
    {
      settings: settings.value,
      resolver: () => Promise.reject(new Error('this test asks no DNS')),
      isOwn: (address) => address === '127.0.0.1',
      random: Math.random,
      tcpto: tcptoAt(`${made.home}/queue/lock/tcpto`, {
        now: Date.now,
        pid: process.pid,
        lock: (fd) => lockWithin(fd, 5),
      }),
      connect: connectByTcp,
      trace: () => undefined,
      ...surroundings,
    },
  )
  return printed(report)
}

export const byProgram: Form = async (made, delivery) => {
  const { host = 'h.example', sender = 's@d.example', recipients = ['r@h.example'] } = delivery
  const { output, code } = await runRemote(made, [host, sender, ...recipients], delivery.message)
  if (code !== 0) throw new Error(`remote ended with ${code}: ${output}`)
  return output
}

/** The program with these arguments; descriptors 1 and 2 are one pipe, as under qmail-rspawn. */
export async function runRemote(
  made: RemoteHome,
  argv: readonly string[],
  message = 'hello\n',
): Promise<{ readonly output: string; readonly code: number | null }> {
  ensureBuilt()
  const child = spawn(
    program('remote'),
    argv.map((argument) => argument),
    { stdio: [made.messageFile(message), 'pipe', 'pipe'], env: { ...process.env, JSMAIL_HOME: made.home } },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString('latin1')))
  const [code] = (await once(child, 'close')) as [number | null]
  return { output, code }
}

export const forms: readonly (readonly [name: string, form: Form])[] = [
  ['in process', inProcess],
  ['bin/remote', byProgram],
]
