/**
 * Foreign programs for tests: where they are, or why the test is skipped. Installed commands are looked for on PATH and in
 * the places that only root has on it; whole mail servers are fetched and unpacked (scripts/peers/fetch.ts).
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import type { TestContext } from 'node:test'
import { type PeerName, fetchPeer, programOf } from '../../scripts/peers/fetch.ts'

export { freePort } from '../../scripts/run/port.ts'

const places = [...(process.env['PATH'] ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin']

/** The path of an installed command. */
export function command(name: string): string | undefined {
  return places.map((place) => `${place}/${name}`).find((path) => isExecutable(path))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** For the `skip` of a test: false when all of the commands are here, else which one is not. */
export function without(...names: readonly string[]): string | false {
  const missing = names.filter((name) => command(name) === undefined)
  return missing.length === 0 ? false : `${missing.join(' and ')} not installed`
}

/** For the `skip` of a test that needs root. */
export function withoutRoot(): string | false {
  return process.getuid?.() === 0 ? false : 'needs root'
}

/** For the `skip` of a test that needs a fetched mail server. */
export function withoutPeer(name: PeerName): string | false {
  const peer = fetchPeer(name)
  return 'missing' in peer ? peer.missing : false
}

/**
 * Postfix's smtp-sink on a port, accepting everything unless `options` say otherwise (smtp-sink(1)); it ends with the test. Skip
 * the test by withoutPeer('postfix') first.
 */
export async function smtpSink(
  t: TestContext,
  port: number,
  options: readonly string[] = [],
): Promise<ChildProcess> {
  const peer = fetchPeer('postfix')
  if ('missing' in peer) throw new Error(peer.missing)
  const [program, env] = programOf(peer, '/usr/sbin/smtp-sink')
  // As root it wants to be told whom to become; it writes its dumps into folders of ours.
  const user = process.getuid?.() === 0 ? ['-u', 'root'] : []
  const child = spawn(program, [...user, ...options, `127.0.0.1:${port}`, '100'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env },
  })
  t.after(() => child.kill('SIGKILL'))
  await new Promise<void>((up, down) => void child.once('spawn', up).once('error', down))
  return child
}
