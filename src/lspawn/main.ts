/**
 * qmail-lspawn: the shell around serveDeliveries. Descriptor 0 has send's commands, descriptor 1 takes the reports. It runs as root:
 * what it reads from strangers are commands, messages' owners, users/cdb and getpw's answer. lspawn.8.md.
 */
import { fromText } from '../../lib/bytes/bytes.ts'
import { deliverByExec } from '../../lib/delivery/by-exec.ts'
import { messageOpener } from '../../lib/delivery/by-file.ts'
import { readDescriptor, writeDescriptor } from '../../lib/program/descriptor.ts'
import { run } from '../../lib/program/run.ts'
import { programAt } from '../../lib/spawn/by-home.ts'
import { serveDeliveries } from '../../lib/spawn/spawner.ts'
import { lookUpUser } from '../../lib/users/by-cdb.ts'
import { readIds } from '../../lib/users/by-file.ts'
import { askGetpw } from './getpw.ts'
import { localExecution } from './lspawn.ts'
import { code } from './outcome.ts'

const USAGE = 100
const TEMPORARY = 111
const GETPW_SECONDS = 60

run('lspawn', async (system) => {
  const { home, uid } = system
  // Ctrl-C in a terminal reaches every program: start alone decides what it means.
  system.on('SIGINT', () => {})
  const [aliasEmpty] = system.argv
  if (aliasEmpty === undefined) return USAGE
  const ids = readIds(home, system)
  if (!ids.ok) return system.complain(`fatal: ${ids.failure.text}`, TEMPORARY)
  try {
    system.chdir(`${home}/queue/mess`)
  } catch {
    return system.complain('unable to switch to queue/mess', TEMPORARY)
  }
  // It may have been relative, and the current directory changes.
  const env = { ...system.env, JSMAIL_HOME: fromText(home) }
  const changesUser = uid === 0
  const nobody = changesUser ? { uid: ids.value.qmailp.uid, gid: ids.value.nofiles } : undefined
  const getpw = { program: programAt(home, 'getpw'), env, id: nobody, timeoutSeconds: GETPW_SECONDS }
  const local = {
    program: programAt(home, 'local'),
    env,
    home: fromText(home),
    aliasEmpty,
    changesUser,
    openMessage: messageOpener('.', ids.value.qmailq.uid),
    async findMailbox(mailbox: string) {
      const assigned = lookUpUser(home, mailbox)
      if (!assigned.ok) return code.usersCdb
      return assigned.value ?? (await askGetpw(getpw, mailbox))
    },
  }
  await serveDeliveries({
    commands: readDescriptor(0),
    write: (bytes) => writeDescriptor(1, bytes),
    deliver: deliverByExec(localExecution(local)),
  })
  return 0
})
