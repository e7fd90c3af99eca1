/**
 * The format of queue/lock/tcpto, the table of hosts that did not answer: 64 records of 16 bytes: IPv4 address; count of timeouts; 3
 * bytes 0; time of the last one that was counted (32 bits, little-endian); 4 bytes 0. Kept by remote, cleared by rspawn and tcpok,
 * shown by tcpto; shared with the originals. IPv6 addresses have no place in it. Pure. INTERNALS; qmail-remote(8), FILES.
 */

export const RECORD_BYTES = 16
const RECORDS = 64
export const TABLE_BYTES: number = RECORDS * RECORD_BYTES

const COUNT_AT = 4
const TIME_AT = 8

export interface HostRecord {
  /** Where it stands in the table. */
  readonly at: number
  readonly address: string
  /** 0: the place is free. At most 10 by qmail-remote's rule. */
  readonly count: number
  /** When its last timeout was counted; seconds since the epoch, which fit until 2106. */
  readonly lastSeconds: number
}

/** Every whole record, free places too; of a longer file only the table. */
export function hostRecords(table: Buffer): readonly HostRecord[] {
  const whole = Math.min(RECORDS, Math.floor(table.length / RECORD_BYTES))
  return Array.from({ length: whole }, (_, index) => {
    const at = index * RECORD_BYTES
    return {
      at,
      address: table.subarray(at, at + COUNT_AT).join('.'),
      count: table.readUInt8(at + COUNT_AT),
      lastSeconds: table.readUInt32LE(at + TIME_AT),
    }
  })
}

/** Undefined for what is no IPv4 address in dotted decimal. */
export function encodeHost({
  address,
  count,
  lastSeconds,
}: Pick<HostRecord, 'address' | 'count' | 'lastSeconds'>): Buffer | undefined {
  if (!isIpv4(address)) return undefined
  const record = Buffer.alloc(RECORD_BYTES)
  record.set(address.split('.').map(Number))
  record.writeUInt8(count, COUNT_AT)
  record.writeUInt32LE(lastSeconds, TIME_AT)
  return record
}

/** The record as it stands, but for its count, which is 0. */
export function freed(table: Buffer, { at }: Pick<HostRecord, 'at'>): Buffer {
  const record = Buffer.from(table.subarray(at, at + RECORD_BYTES))
  record.writeUInt8(0, COUNT_AT)
  return record
}

function isIpv4(address: string): boolean {
  const parts = address.split('.')
  return parts.length === 4 && parts.every((part) => /^[0-9]{1,3}$/.test(part) && Number(part) <= 255)
}
