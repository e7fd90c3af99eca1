/**
 * newmrh: make control/morercpthosts.cdb of control/morercpthosts, for smtpd. Run by the administrator after an edit. Can run as root.
 * Manual: newmrh.8.md
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { writeCdb } from '../../lib/cdb/by-file.ts'
import { run } from '../../lib/program/run.ts'
import { compileHosts } from './newmrh.ts'

run('newmrh', (system) => {
  system.umask(0o033)
  const source = `${system.home}/control/morercpthosts`
  const trouble = compileHosts(
    () => chunksOf(source),
    (records) => writeCdb(`${source}.cdb`, `${source}.tmp`, records),
  )
  return trouble === undefined ? 0 : system.complain(`fatal: ${trouble}`, 111)
})

const CHUNK_BYTES = 65536

function* chunksOf(path: string): Generator<Uint8Array, void, void> {
  const fd = openSync(path, 'r')
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES)
    for (let count = readSync(fd, chunk); count > 0; count = readSync(fd, chunk))
      yield chunk.subarray(0, count)
  } finally {
    closeSync(fd)
  }
}
