/**
 * What the system said when a call failed: which error numbers are worth a second try, and the words that
 * qmail's reports use for them (qmail's own error texts, which log analysers match).
 */

const words: { readonly [code: string]: string } = {
  ENOENT: 'file does not exist',
  EACCES: 'access denied',
  EPERM: 'permission denied',
  EISDIR: 'is a directory',
  ENOTDIR: 'not a directory',
  ENOSPC: 'out of disk space',
  EDQUOT: 'disk quota exceeded',
  EIO: 'input/output error',
  ENOMEM: 'out of memory',
  ETIMEDOUT: 'timed out',
  ECONNREFUSED: 'connection refused',
  EMFILE: 'process cannot open more files',
  ENFILE: 'system cannot open more files',
  EROFS: 'read-only file system',
  ELOOP: 'symbolic link loop',
  EPIPE: 'broken pipe',
  EEXIST: 'file already exists',
  EAGAIN: 'temporary failure',
  EFBIG: 'file too big',
  ESTALE: 'stale NFS file handle',
}

const worthRetrying: ReadonlySet<string> = new Set(
  (
    'EINTR ENOMEM ETXTBSY EIO ETIMEDOUT EWOULDBLOCK EAGAIN EDEADLK EBUSY ENFILE EMFILE EFBIG ENOSPC ENETDOWN ' +
    'ENETUNREACH ENETRESET ECONNABORTED ECONNRESET ENOBUFS ETOOMANYREFS ECONNREFUSED EHOSTDOWN EHOSTUNREACH ' +
    'EPROCLIM EUSERS EDQUOT ESTALE ENOLCK'
  ).split(' '),
)

/** The symbolic error number (`ENOENT`) of a thrown system error, or the empty string. */
export function errnoOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return ''
  return typeof error.code === 'string' ? error.code : ''
}

/** qmail's words for a thrown system error; `error` when it is none that qmail knows. */
export function errorText(error: unknown): string {
  return words[errnoOf(error)] ?? 'error'
}

/** Is the error in qmail's temporary set? Decides soft or hard where qmail decides so. */
export function isTemporary(error: unknown): boolean {
  return worthRetrying.has(errnoOf(error))
}
