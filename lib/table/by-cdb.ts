/**
 * A table in a cdb file, kept open between look-ups. Such files are replaced by rename, never changed, so a look at the name's
 * inode before each look-up finds the new one at once; a file that was removed has no keys.
 */
import { type CdbFile, currentIdentity, openCdb } from '../cdb/by-file.ts'
import type { Found, Table } from './table.ts'

export interface CdbTable extends Table {
  /** Is there a file now? Some contracts ask (morercpthosts); its absence is no failure. */
  isThere(): boolean
  close(): void
}

/** `path` may stay absent for ever. Keys are looked up as they are given. */
export function cdbTable(name: string, path: string): CdbTable {
  let open: CdbFile | undefined

  const close = (): void => {
    open?.close()
    open = undefined
  }

  /** The file that stands there now; undefined when there is none. What goes wrong is thrown. */
  const current = (): CdbFile | undefined => {
    const identity = currentIdentity(path)
    if (open?.identity === identity) return open
    close()
    if (identity === undefined) return undefined
    const opened = openCdb(path)
    if (!opened.ok) throw opened.failure.cause
    open = opened.value
    return open
  }

  return {
    name,
    close,
    isThere: () => currentIdentity(path) !== undefined,
    async lookUp(key): Promise<Found> {
      try {
        const result = current()?.lookUp(key)
        if (result === undefined) return { is: 'absent' }
        if (!result.ok) return { is: 'unknown', cause: result.failure }
        return result.value === undefined ? { is: 'absent' } : { is: 'found', value: result.value }
      } catch (cause) {
        return { is: 'unknown', cause }
      }
    },
  }
}
