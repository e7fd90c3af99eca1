/**
 * The file system as an argument of the queue store: exactly the operations that its crash safety is argued with, so that a
 * test can let any one of them fail or die. Paths are relative to the queue directory. Everything rejects with the system's
 * error (`code` ENOENT, ENOSPC ...). The real one is by-file.ts.
 */

export interface FileSystem {
  /** O_WRONLY|O_CREAT|O_EXCL. */
  create(path: string, mode: number): Promise<OpenFile>
  /** `read`; `write` in place; `append` creates when missing. */
  open(path: string, how: 'read' | 'write' | 'append', mode?: number): Promise<OpenFile>
  link(from: string, to: string): Promise<void>
  unlink(path: string): Promise<void>
  /** Entries made or removed before the call are durable after it. Calls that wait at the same time share one fsync. */
  syncDirectory(path: string): Promise<void>
  /** The names in the directory, `.` and `..` left out, in chunks, in no order. */
  list(path: string): AsyncIterable<readonly string[]>
  stat(path: string): Promise<FileStatus>
  setTimes(path: string, seconds: number): Promise<void>
}

export interface OpenFile {
  /** All of it, at the end of what was written. */
  write(...parts: readonly Uint8Array[]): Promise<void>
  writeAt(bytes: Uint8Array, position: number): Promise<void>
  /** Up to the array's length from this position; the bytes read, 0 at the end. */
  readAt(into: Uint8Array, position: number): Promise<number>
  sync(): Promise<void>
  status(): Promise<FileStatus>
  truncate(): Promise<void>
  close(): Promise<void>
}

export interface FileStatus {
  readonly inode: string
  readonly sizeBytes: number
  readonly atimeSeconds: number
  readonly mtimeSeconds: number
  /** Another text after a change of its bytes, times or owner (unless within one tick of the kernel's clock, 4 ms). */
  readonly changed: string
  readonly uid: number
  readonly isFile: boolean
}
