/** Which addresses are this machine's: those of its interfaces, and the unspecified ones, which lead here too. */
import { networkInterfaces } from 'node:os'

/** The interfaces are looked at when the first address is in question. */
export function ownAddresses(): (address: string) => boolean {
  let own: ReadonlySet<string> | undefined
  return (address) => {
    own ??= new Set(['0.0.0.0', '::', ...addressesOfInterfaces()])
    // An IPv4 address in the clothes of the other family (RFC 4291 §2.5.5.2).
    return own.has(address.replace(/^::ffff:(?=[\d.]+$)/i, ''))
  }
}

function addressesOfInterfaces(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.map(({ address }) => address),
  )
}
