/**
 * Make a Maildir: a directory with tmp, new and cur, for its owner only. maildirmake(8), maildir(5).
 */
import { mkdirSync } from 'node:fs'
import { type ByteString, pathOf } from '../../lib/bytes/bytes.ts'
import { errorText } from '../../lib/failure/errno.ts'
import { failed, ok, type Result, temporary } from '../../lib/failure/failure.ts'

const OWNER_ONLY = 0o700

/** Nothing that is there already is taken for a part of it. */
export function makeMaildir(directory: ByteString): Result<undefined> {
  for (const path of [directory, `${directory}/tmp`, `${directory}/new`, `${directory}/cur`]) {
    try {
      mkdirSync(pathOf(path), { mode: OWNER_ONLY })
    } catch (error) {
      return failed(temporary('3.0', `unable to mkdir ${path}: ${errorText(error)}`, error))
    }
  }
  return ok()
}
