/**
 * Tables over what was read from a control file: a list has empty values, a map the rest of each line. Both match without regard
 * to the case of A to Z; look up in lower case. Pure: whoever reads the file again makes a new table.
 */
import type { ByteString } from '../bytes/bytes.ts'
import { mapOf, setOf } from '../control/lines.ts'
import type { Found, Table } from './table.ts'

const absent: Found = { is: 'absent' }

/** Lines as keys: locals, rcpthosts, badmailfrom. */
export function listTable(name: string, lines: readonly ByteString[]): Table {
  const keys = setOf(lines)
  return { name, lookUp: async (key) => (keys.has(key) ? { is: 'found', value: '' } : absent) }
}

/** Lines `key:value`: virtualdomains, smtproutes. */
export function mapTable(name: string, lines: readonly ByteString[]): Table {
  const map = mapOf(lines)
  return {
    name,
    lookUp: async (key) => {
      const value = map.get(key)
      return value === undefined ? absent : { is: 'found', value }
    },
  }
}

/** The tables of one matter, asked in turn: the text file, then its cdb (rcpthosts, then morercpthosts.cdb). */
export function eitherTable(name: string, tables: readonly Table[]): Table {
  return {
    name,
    lookUp: async (key) => {
      for (const table of tables) {
        const found = await table.lookUp(key)
        if (found.is !== 'absent') return found
      }
      return absent
    },
  }
}
