/**
 * newu: make HOME/users/cdb of HOME/users/assign, for lspawn. Run by the administrator after an edit, and by the installer. Can run
 * as root. Manual: newu.8.md
 */
import { readFileSync } from 'node:fs'
import { byteString } from '../../lib/bytes/bytes.ts'
import { writeCdb } from '../../lib/cdb/by-file.ts'
import { run } from '../../lib/program/run.ts'
import { compileAssign } from './newu.ts'

run('newu', (system) => {
  system.umask(0o033)
  const users = `${system.home}/users`
  const trouble = compileAssign(
    () => byteString(readFileSync(`${users}/assign`)),
    (records) => writeCdb(`${users}/cdb`, `${users}/cdb.tmp`, records),
  )
  return trouble === undefined ? 0 : system.complain(`fatal: ${trouble}`, 111)
})
