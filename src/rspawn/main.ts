/** qmail-rspawn: the shell around serveDeliveries. Descriptor 0 has send's commands, descriptor 1 takes the reports. rspawn.8.md. */
import { type ByteString, fromText } from '../../lib/bytes/bytes.ts'
import { deliverByExec } from '../../lib/delivery/by-exec.ts'
import { messageOpener } from '../../lib/delivery/by-file.ts'
import { readDescriptor, writeDescriptor } from '../../lib/program/descriptor.ts'
import { run, type System } from '../../lib/program/run.ts'
import { programAt } from '../../lib/spawn/by-home.ts'
import { serveDeliveries } from '../../lib/spawn/spawner.ts'
import { readIds } from '../../lib/users/by-file.ts'
import { remoteExecution } from './rspawn.ts'
import { clearTable } from './tcpto.ts'

const TEMPORARY = 111

run('rspawn', async (system) => {
  // Ctrl-C in a terminal reaches every program: start alone decides what it means.
  system.on('SIGINT', () => {})
  const ids = readIds(system.home, system)
  if (!ids.ok) return system.complain(`fatal: ${ids.failure.text}`, TEMPORARY)
  try {
    system.chdir(`${system.home}/queue/mess`)
  } catch {
    return system.complain('unable to switch to queue/mess', TEMPORARY)
  }
  clearTable('../lock/tcpto')
  await serveDeliveries({
    commands: readDescriptor(0),
    write: (bytes) => writeDescriptor(1, bytes),
    deliver: deliverByExec(
      remoteExecution({
        program: remoteProgram(system),
        // It may have been relative, and the current directory changes.
        env: { ...system.env, JSMAIL_HOME: fromText(system.home) },
        openMessage: messageOpener('.', ids.value.qmailq.uid),
      }),
    ),
  })
  return 0
})

/**
 * QMAILREMOTE wins and may be a name for PATH, as in qmail. Without it the program is the one of this home: PATH would cost a wall,
 * since whoever sets it chooses what runs.
 */
function remoteProgram({ env, home }: System): ByteString {
  const wrapper = env['QMAILREMOTE']
  return wrapper !== undefined && wrapper !== '' ? wrapper : programAt(home, 'remote')
}
