/**
 * The few system calls that the runtime does not offer, by its own foreign function interface (node:ffi). Nothing else in
 * the suite calls native code. The interface is experimental: that is why it stands in this one file and the
 * runtime is pinned exactly. Manuals: flock(2), pipe2(2), fcntl(2), unix(7), mkfifo(3), getpwnam(3), getgrnam(3).
 */
import * as ffi from 'node:ffi'
import { constants } from 'node:os'

/** A failed call: `code` is the symbolic error number, as on the runtime's own errors. */
export class SystemError extends Error {
  readonly code: string
  readonly errno: number
  readonly syscall: string

  constructor(syscall: string, errno: number) {
    const code = Object.entries(constants.errno).find(([, number]) => number === errno)?.[0] ?? `E${errno}`
    super(`${code}: ${syscall}`)
    this.code = code
    this.errno = errno
    this.syscall = syscall
  }
}

const signatures = {
  __errno_location: { return: 'pointer', arguments: [] },
  flock: { return: 'int32', arguments: ['int32', 'int32'] },
  pipe2: { return: 'int32', arguments: ['buffer', 'int32'] },
  fcntl: { return: 'int32', arguments: ['int32', 'int32', 'int64'] },
  getsockopt: { return: 'int32', arguments: ['int32', 'int32', 'int32', 'buffer', 'buffer'] },
  lseek: { return: 'int64', arguments: ['int32', 'int64', 'int32'] },
  _exit: { return: 'void', arguments: ['int32'] },
  mkfifo: { return: 'int32', arguments: ['buffer', 'uint32'] },
  getpwnam_r: { return: 'int32', arguments: ['buffer', 'buffer', 'buffer', 'uint64', 'buffer'] },
  getpwuid_r: { return: 'int32', arguments: ['uint32', 'buffer', 'buffer', 'uint64', 'buffer'] },
  getgrnam_r: { return: 'int32', arguments: ['buffer', 'buffer', 'buffer', 'uint64', 'buffer'] },
} as const

type Libc = ReturnType<typeof ffi.dlopen<typeof signatures>>['functions']

/**
 * Opened at the first call, and each function at its first use: a symbol costs 0.05 ms. Only errno's is there before it is needed,
 * because opening it then would change errno.
 */
let library: ReturnType<typeof ffi.dlopen> | undefined
const opened: { -readonly [name in keyof Libc]?: Libc[name] } = {}

function libc<Name extends keyof Libc>(name: Name): Libc[Name] {
  if (library === undefined) {
    library = ffi.dlopen(null)
    libc('__errno_location')
  }
  return (opened[name] ??= library.lib.getFunction(name, signatures[name]) as Libc[Name]) as Libc[Name]
}

function errno(): number {
  return ffi.getInt32(libc('__errno_location')() as bigint)
}

function checked(syscall: string, result: number): number {
  if (result === -1) throw new SystemError(syscall, errno())
  return result
}

/** Can native calls be made here? A public submission socket refuses to start without. */
export function isAvailable(): boolean {
  try {
    libc('getsockopt')
    return true
  } catch {
    return false
  }
}

const LOCK_EX = 2
const LOCK_NB = 4
const LOCK_UN = 8

/**
 * Try once for an exclusive flock(2) on the open file; false when another holds it. The lock belongs to the open file
 * description: it ends when the last descriptor of it is closed.
 */
export function tryLock(fd: number): boolean {
  if (libc('flock')(fd, LOCK_EX | LOCK_NB) === 0) return true
  const number = errno()
  if (number === constants.errno.EWOULDBLOCK || number === constants.errno.EINTR) return false
  throw new SystemError('flock', number)
}

export function unlock(fd: number): void {
  checked('flock', libc('flock')(fd, LOCK_UN))
}

const O_CLOEXEC = 0o2000000

/** A real pipe, both ends close-on-exec. Children need these: `/dev/stdin` cannot be opened on a socket. */
export function pipe(): { readonly read: number; readonly write: number } {
  const ends = Buffer.alloc(8)
  checked('pipe2', libc('pipe2')(ends, O_CLOEXEC))
  return { read: ends.readInt32LE(0), write: ends.readInt32LE(4) }
}

const F_GETFL = 3
const F_SETFL = 4
const O_NONBLOCK = 0o4000

export function setBlocking(fd: number, blocking: boolean): void {
  const flags = checked('fcntl', libc('fcntl')(fd, F_GETFL, 0n))
  const wanted = blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK
  if (wanted !== flags) checked('fcntl', libc('fcntl')(fd, F_SETFL, BigInt(wanted)))
}

/** Back to the first byte: the next program that inherits the descriptor reads the file from its start. */
export function rewind(fd: number): void {
  if (libc('lseek')(fd, 0n, 0) === -1n) throw new SystemError('lseek', errno())
}

export interface Peer {
  readonly pid: number
  readonly uid: number
  readonly gid: number
}

const SOL_SOCKET = 1
const SO_PEERCRED = 17

/** Who connected this Unix socket: the kernel's word, taken when connect(2) was called. */
export function peerOf(fd: number): Peer {
  const credentials = Buffer.alloc(12)
  const length = Buffer.alloc(4)
  length.writeInt32LE(12)
  checked('getsockopt', libc('getsockopt')(fd, SOL_SOCKET, SO_PEERCRED, credentials, length))
  return {
    pid: credentials.readInt32LE(0),
    uid: credentials.readUInt32LE(4),
    gid: credentials.readUInt32LE(8),
  }
}

export function makeFifo(path: string, mode: number): void {
  checked('mkfifo', libc('mkfifo')(Buffer.from(`${path}\0`), mode))
}

export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
}

/**
 * End this process now, by _exit(2). The runtime's own exit first waits for its threads, and was seen to wait for ever: the main
 * thread joined a worker of V8 that waited on a futex. What was to be written must be written by now.
 */
export function exitNow(code: number): never {
  libc('_exit')(code)
  throw new Error('_exit returned')
}

/** passwd and group entries are small; 64 KiB holds any group that getgrnam_r(3) meets in practice. */
const ENTRY_BYTES = 65536

function text(pointer: bigint): string {
  return pointer === 0n ? '' : (ffi.toString(pointer) ?? '')
}

/** struct passwd on 64-bit Linux: name 0, passwd 8, uid 16, gid 20, gecos 24, dir 32, shell 40. */
function lookUpAccount(call: (entry: Buffer, strings: Buffer, found: Buffer) => number): Account | undefined {
  const entry = Buffer.alloc(48)
  const strings = Buffer.alloc(ENTRY_BYTES)
  const found = Buffer.alloc(8)
  const number = call(entry, strings, found)
  if (found.readBigUInt64LE(0) === 0n) {
    // A name that is not there is 0 or, depending on the source, one of these (getpwnam(3), ERRORS).
    if (number === 0 || ['ENOENT', 'ESRCH', 'EBADF', 'EPERM'].includes(new SystemError('', number).code))
      return undefined
    throw new SystemError('getpwnam_r', number)
  }
  return {
    name: text(entry.readBigUInt64LE(0)),
    uid: entry.readUInt32LE(16),
    gid: entry.readUInt32LE(20),
    home: text(entry.readBigUInt64LE(32)),
  }
}

/** The account of that name in the system's user database; undefined when there is none. */
export function accountByName(name: string): Account | undefined {
  const key = Buffer.from(`${name}\0`)
  return lookUpAccount((entry, strings, found) =>
    libc('getpwnam_r')(key, entry, strings, BigInt(ENTRY_BYTES), found),
  )
}

export function accountByUid(uid: number): Account | undefined {
  return lookUpAccount((entry, strings, found) =>
    libc('getpwuid_r')(uid, entry, strings, BigInt(ENTRY_BYTES), found),
  )
}

/** The number of that group; undefined when there is none. struct group: name 0, passwd 8, gid 16. */
export function groupByName(name: string): number | undefined {
  const entry = Buffer.alloc(32)
  const strings = Buffer.alloc(ENTRY_BYTES)
  const found = Buffer.alloc(8)
  const key = Buffer.from(`${name}\0`)
  const number = libc('getgrnam_r')(key, entry, strings, BigInt(ENTRY_BYTES), found)
  if (found.readBigUInt64LE(0) !== 0n) return entry.readUInt32LE(16)
  if (number === 0 || ['ENOENT', 'ESRCH', 'EBADF', 'EPERM'].includes(new SystemError('', number).code))
    return undefined
  throw new SystemError('getgrnam_r', number)
}
