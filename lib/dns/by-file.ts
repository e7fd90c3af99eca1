/** The name servers of this machine, from resolv.conf(5). Called by the mains of programs that ask the DNS. */
import { readFileSync } from 'node:fs'
import { byteString } from '../bytes/bytes.ts'
import { parseResolvConf, type ServerList } from './servers.ts'

/** Without the file, or when it cannot be read: the server on this machine. */
export function readResolvConf(path = '/etc/resolv.conf'): ServerList {
  try {
    return parseResolvConf(byteString(readFileSync(path)))
  } catch {
    return parseResolvConf(undefined)
  }
}
