/**
 * maildirmake: make a Maildir.
 *
 *   maildirmake $HOME/Maildir
 *
 * Manual: maildirmake.8.md
 */
import { exitCode } from '../../lib/failure/failure.ts'
import { run } from '../../lib/program/run.ts'
import { makeMaildir } from './maildirmake.ts'

run(
  'maildirmake',
  ({ argv, umask, complain }) => {
    const [directory] = argv
    if (directory === undefined) return complain('usage: maildirmake name', 100)
    umask(0o077)
    const made = makeMaildir(directory)
    return made.ok ? 0 : complain(`fatal: ${made.failure.text}`, exitCode(made.failure))
  },
  'maildirmake',
)
