/**
 * The command line. qmail-smtpd ignores its arguments, and AUTH patches put a host name and a checkpassword program there: so
 * only what begins with `--` is an option, and nothing else is looked at. smtpd(8), SYNOPSIS
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import { failed, ok, permanent, type Result } from '../../lib/failure/failure.ts'
import { type Endpoint, parseEndpoint } from '../../lib/net/address.ts'

export interface Options {
  /** Where to listen; empty: one connection, or sockets that were passed. */
  readonly listen: readonly Endpoint[]
  /** Resident life: stop when descriptor 0 ends, because the one who holds its other end is gone. */
  readonly untilEof: boolean
}

export const usage = 'usage: smtpd [ --until-eof ] [ --listen ADDR:PORT ]...'

export function parseOptions(argv: readonly ByteString[]): Result<Options> {
  const listen: Endpoint[] = []
  let untilEof = false
  for (let index = 0; index < argv.length; index++) {
    const option = argv[index] ?? ''
    if (option === '--until-eof') untilEof = true
    if (!option.startsWith('--') || option === '--until-eof') continue
    const endpoint = parseEndpoint(valueOf('--listen', option, () => argv[++index]) ?? '')
    if (endpoint === undefined) return failed(permanent('5.4', usage))
    listen.push(endpoint)
  }
  return ok({ listen, untilEof })
}

/** `--name=value`, or `--name` and the next argument; undefined when it is another option. */
function valueOf(
  name: string,
  option: ByteString,
  next: () => ByteString | undefined,
): ByteString | undefined {
  if (option === name) return next()
  return option.startsWith(`${name}=`) ? option.slice(name.length + 1) : undefined
}
