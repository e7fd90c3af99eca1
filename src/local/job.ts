/**
 * What qmail-lspawn asks for: one delivery of the message to one recipient. From the arguments of the one-shot program, and later from
 * lspawn's request to a worker. Pure. qmail-local(8), SYNOPSIS.
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'

export interface Job {
  readonly user: ByteString
  /** The home directory, an absolute path. */
  readonly home: ByteString
  /** The local part as it was written. */
  readonly local: ByteString
  /** `-` between the user's name and the extension, or empty. */
  readonly dash: ByteString
  readonly ext: ByteString
  readonly domain: ByteString
  /** Empty for a bounce, `#@[]` for a double bounce. */
  readonly sender: ByteString
  /** Instructions for when there is no .qmail file, or an empty one; may have several lines. */
  readonly defaultDelivery: ByteString
}

export type Request =
  | { readonly is: 'deliver'; readonly job: Job }
  /** -n: say what would be done. */
  | { readonly is: 'describe'; readonly job: Job }
  | { readonly is: 'misuse'; readonly option?: string }

export const usage =
  'qmail-local: usage: qmail-local [ -nN ] user homedir local dash ext domain sender aliasempty'

/** Options end at the first other argument or at `--`; of -n and -N the last one counts. */
export function parseArguments(argv: readonly ByteString[]): Request {
  let at = 0
  let describe = false
  for (; at < argv.length; at += 1) {
    const argument = argv[at] ?? ''
    if (argument === '--') {
      at += 1
      break
    }
    if (!argument.startsWith('-') || argument === '-') break
    for (const option of argument.slice(1)) {
      if (option !== 'n' && option !== 'N') return { is: 'misuse', option }
      describe = option === 'n'
    }
  }
  const job = jobOf(argv.slice(at))
  return job === undefined ? { is: 'misuse' } : { is: describe ? 'describe' : 'deliver', job }
}

function jobOf(operands: readonly ByteString[]): Job | undefined {
  const [user, home, local, dash, ext, domain, sender, defaultDelivery, more] = operands
  if (user === undefined || home === undefined || local === undefined || dash === undefined) return undefined
  if (ext === undefined || domain === undefined || sender === undefined) return undefined
  if (defaultDelivery === undefined || more !== undefined || !home.startsWith('/')) return undefined
  return { user, home, local, dash, ext, domain, sender, defaultDelivery }
}

export function recipientOf(job: Job): ByteString {
  return `${job.local}@${job.domain}`
}

/** A path of the user's: relative ones begin in the home directory, where no process need be. */
export function inHome(job: Job, path: ByteString): ByteString {
  return path.startsWith('/') ? path : `${job.home}/${path}`
}
