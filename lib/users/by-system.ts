/**
 * The accounts of the system (passwd and whatever else the C library asks), for qmail-getpw's search. Names are bytes there and
 * text in the runtime: what is not UTF-8 names nobody.
 */
import { statSync } from 'node:fs'
import { decodeUtf8, fromText, pathOf } from '../bytes/bytes.ts'
import { accountByName } from '../os/os.ts'
import type { Accounts } from './getpw.ts'

export const systemAccounts: Accounts = {
  byName(name) {
    const text = decodeUtf8(name)
    const account = text === undefined || text.includes('\0') ? undefined : accountByName(text)
    if (account === undefined) return undefined
    return {
      name: fromText(account.name),
      uid: account.uid,
      gid: account.gid,
      home: fromText(account.home),
    }
  },
  ownerOf: (path) => statSync(pathOf(path)).uid,
}
