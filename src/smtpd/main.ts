/**
 * smtpd: receive mail by SMTP and put it into the queue.
 *
 *   tcpserver 0 25 bin/smtpd        one connection, on descriptors 0 and 1: qmail-smtpd
 *   bin/smtpd --listen 0.0.0.0:25   one process, many connections; also with sockets that systemd passes
 *
 * Both ways run the same serve(). Manual: smtpd.8.md
 */
import { networkInterfaces } from 'node:os'
import { controlFiles, fresh } from '../../lib/control/by-file.ts'
import { findHooks, rcptCheck } from '../../lib/hook/by-program.ts'
import { passedSockets } from '../../lib/net/descriptors.ts'
import { run, type System } from '../../lib/program/run.ts'
import { queueProgram, submitByExec } from '../../lib/queue/by-exec.ts'
import { submitBySocket } from '../../lib/queue/by-socket.ts'
import type { OpenSubmission } from '../../lib/queue/submission.ts'
import { cdbTable } from '../../lib/table/by-cdb.ts'
import { readIds } from '../../lib/users/by-file.ts'
import { type Client, environmentOf, variable } from './client.ts'
import { receiveOne } from './once.ts'
import { Heap } from './heap.ts'
import { parseOptions } from './options.ts'
import { receiveMany } from './resident.ts'
import { readSettings, settingNames } from './settings.ts'
import type { Choices } from './surround.ts'

run('smtpd', (system) => {
  const options = parseOptions(system.argv)
  if (!options.ok) return system.complain(options.failure.text, 100)
  // A home that cannot be entered has no controls that can be read: the client is told so.
  system.enter(system.home)
  const passed = passedSockets(system.env, system.pid).map((fd) => ({ fd }))
  const places = [...options.value.listen, ...passed]
  if (places.length === 0) return receiveOne(system, choose(system))
  const { untilEof } = options.value
  return receiveMany(system, { places, untilEof }, choose(system), () => readIds(system.home, system))
})

function choose(system: System): Choices {
  const { home, clock, log, trace } = system
  const sources = {
    controls: controlFiles(home),
    moreRcpthosts: cdbTable('morercpthosts.cdb', `${home}/control/morercpthosts.cdb`),
    ownAddresses: () =>
      Object.values(networkInterfaces()).flatMap((some) => some?.map(({ address }) => address) ?? []),
  }
  const runner = { home, clock, log }
  return {
    settings: fresh(home, settingNames, clock, () => readSettings(sources)),
    findHooks: findHooks('rcpt', runner),
    rcptCheck: (program) => rcptCheck(program, runner),
    submitFor: chooseQueue(system),
    heap: new Heap(),
    clock,
    log,
    trace,
  }
}

/**
 * Which queue, and so which wall: decided here and nowhere else. smtpd can touch no queue file either way. A program start
 * costs 25 ms, the socket 0.05 ms; it is there for who has no resident queue, and for QMAILQUEUE.
 */
function chooseQueue({ home, env }: System): (client: Client) => OpenSubmission {
  const byProgram = submitByExec(queueProgram(home, env))
  const bySocket = submitBySocket('submit/queue', { numbering: 'counter', otherwise: byProgram })
  return (client) =>
    variable(client, 'QMAILQUEUE') === undefined
      ? bySocket
      : submitByExec(queueProgram(home, environmentOf(client)))
}
