/**
 * The folder that queues and Maildirs of a bench lie in: ext4 with a journal, which decides more than any program. Where the file
 * system has none and we are root, one is made in a sparse file and mounted; otherwise the bench says what it ran on.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { root } from '../sources.ts'

export interface Disk {
  readonly folder: string
  /** For the report. */
  readonly description: string
  remove(): void
}

const IMAGE_BYTES = 8 * 2 ** 30

export function findDisk(): Disk {
  const place = `${root}/.cache/bench`
  mkdirSync(place, { recursive: true })
  const under = mountOf(place)
  if (under.type === 'ext4' && hasJournal(under.device)) return plain(place, 'ext4 with a journal')
  if (process.getuid?.() === 0) {
    const made = mounted(place)
    if (made !== undefined) return made
  }
  return plain(place, `${under.type} without a journal of ext4: ratios only`)
}

function plain(place: string, description: string): Disk {
  const folder = `${place}/disk`
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  chmodSync(folder, 0o755)
  return { folder, description, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

function mounted(place: string): Disk | undefined {
  const image = `${place}/image`
  const folder = `${place}/mnt`
  unmount(folder)
  mkdirSync(folder, { recursive: true })
  // A new file: an old one may still be mounted by somebody.
  rmSync(image, { force: true })
  writeFileSync(image, '')
  truncateSync(image, IMAGE_BYTES)
  if (spawnSync('mkfs.ext4', ['-q', '-F', image], { stdio: 'ignore' }).status !== 0) return undefined
  if (spawnSync('mount', ['-o', 'loop', image, folder], { stdio: 'ignore' }).status !== 0) return undefined
  chmodSync(folder, 0o755)
  return {
    folder,
    description: 'ext4 with a journal, in a sparse file',
    remove: () => {
      unmount(folder)
      rmSync(image, { force: true })
    },
  }
}

/** Whoever looks at it in this moment (an indexer, a df) must not keep it mounted: then it goes when he is done. */
function unmount(folder: string): void {
  if (mountOf(folder).at !== folder) return
  const { status } = spawnSync('umount', [folder], { stdio: 'ignore' })
  if (status !== 0) spawnSync('umount', ['--lazy', folder], { stdio: 'ignore' })
}

function mountOf(path: string): { readonly device: string; readonly at: string; readonly type: string } {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, at = '?']) => at === '/' || path === at || path.startsWith(`${at}/`))
    .sort((a, b) => (b[1]?.length ?? 0) - (a[1]?.length ?? 0))
  const [device = '', at = '', type = 'unknown'] = mounts[0] ?? []
  return { device: device.replace(/^\/dev\//, ''), at, type }
}

/** The kernel has a thread and a folder for each journal. */
function hasJournal(device: string): boolean {
  return existsSync(`/proc/fs/jbd2/${device}-8`)
}
