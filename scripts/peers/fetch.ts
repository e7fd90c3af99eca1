/**
 * Other mail servers, fetched and unpacked without being installed (Debian's postfix, exim4 and opensmtpd exclude one another as packages):
 * `apt-get download` of what is missing here, then `dpkg -x` into .cache/peers/NAME. Called by `scripts/peers.ts`, by
 * the benches and by test/helpers/peers.ts. Needs no root; without apt-get or a mirror the answer is a reason.
 */
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { root } from '../sources.ts'

/** By name: the Debian package, and a file by which one knows that it is there. */
const known = {
  postfix: ['postfix', '/usr/lib/postfix/sbin/master'],
  exim: ['exim4-daemon-light', '/usr/sbin/exim4'],
  opensmtpd: ['opensmtpd', '/usr/sbin/smtpd'],
} as const

export type PeerName = keyof typeof known
export const peerNames = Object.keys(known) as readonly PeerName[]

/** `root`: the folder beneath which the peer's usr/ and etc/ lie; `/` when it is installed. */
export type Peer = { readonly root: string } | { readonly missing: string }

export function fetchPeer(name: PeerName): Peer {
  const [packageName, witness] = known[name]
  const place = `${root}/.cache/peers/${name}`
  if (existsSync(`${place}/fetched`)) return { root: place }
  if (isInstalled(packageName) && existsSync(witness)) return { root: '/' }
  const before = lastFailure(place)
  if (before !== undefined) return { missing: before }
  const packages = missingPackages(packageName)
  const peer =
    packages.length === 0
      ? { missing: `${name}: apt-get knows no package ${packageName} here` }
      : unpack(name, packages, place)
  if ('missing' in peer) writeFileSync(`${place}.missing`, peer.missing)
  return peer
}

const FORGET_MILLISECONDS = 600_000

/** Without a network every test would wait for it again. */
function lastFailure(place: string): string | undefined {
  const note = `${place}.missing`
  mkdirSync(dirname(note), { recursive: true })
  const since = statSync(note, { throwIfNoEntry: false })?.mtimeMs ?? 0
  return Date.now() - since < FORGET_MILLISECONDS ? readFileSync(note, 'utf8') : undefined
}

const brief = [
  '-o',
  'Acquire::Retries=0',
  '-o',
  'Acquire::http::Timeout=10',
  '-o',
  'Acquire::https::Timeout=10',
]

function run(command: string, args: readonly string[], cwd = '/'): { status: number | null; out: string } {
  const { status, stdout } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    timeout: 120_000,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
  })
  return { status, out: stdout ?? '' }
}

function isInstalled(packageName: string): boolean {
  return run('dpkg-query', ['-W', '-f=${db:Status-Abbrev}', packageName]).out.startsWith('ii')
}

/** The package and those of its libraries that the machine lacks, as apt-get would install them. */
function missingPackages(packageName: string): readonly string[] {
  const { out } = run('apt-get', ['-s', '--no-install-recommends', 'install', packageName])
  return [...out.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] ?? '')
}

function unpack(name: PeerName, packages: readonly string[], place: string): Peer {
  const fresh = `${place}.new.${process.pid}`
  try {
    mkdirSync(fresh, { recursive: true })
    if (run('apt-get', [...brief, 'download', ...packages], fresh).status !== 0) {
      return { missing: `${name}: apt-get download ${packages.join(' ')} failed` }
    }
    for (const archive of globSync('*.deb', { cwd: fresh })) {
      if (run('dpkg', ['-x', archive, '.'], fresh).status !== 0) {
        return { missing: `${name}: dpkg -x ${archive} failed` }
      }
      rmSync(`${fresh}/${archive}`)
    }
    writeFileSync(`${fresh}/fetched`, `${packages.join(' ')}\n`)
    // Somebody else may have been as quick, and may be using it by now.
    if (!existsSync(`${place}/fetched`)) {
      rmSync(place, { recursive: true, force: true })
      renameSync(fresh, place)
    }
    return { root: place }
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

/** For a single program of a peer that needs no configuration: its path and the variable that finds its libraries. */
export function programOf(
  peer: { readonly root: string },
  path: string,
): readonly [program: string, env: NodeJS.ProcessEnv] {
  if (peer.root === '/') return [path, {}]
  const libraries = [
    '/usr/lib/postfix',
    '/usr/lib',
    ...globSync('usr/lib/*-linux-gnu', { cwd: peer.root }).map((each) => `/${each}`),
  ]
  return [
    `${peer.root}${path}`,
    { LD_LIBRARY_PATH: libraries.map((each) => `${peer.root}${each}`).join(':') },
  ]
}
