/**
 * remote: deliver the message on descriptor 0 to recipients at one host, by SMTP.
 *
 *   bin/remote host sender recipient...
 *
 * Started by qmail-rspawn. Reports on descriptor 1; always exits 0. Manual: remote.8.md
 */
import { bytesOf } from '../../lib/bytes/bytes.ts'
import { controlFiles } from '../../lib/control/by-file.ts'
import type { Resolver } from '../../lib/dns/resolver.ts'
import { writeDescriptor } from '../../lib/program/descriptor.ts'
import { type Clock, run, type System } from '../../lib/program/run.ts'
import { connectByTcp } from './connect.ts'
import { type Message, messageOn } from './message.ts'
import { ownAddresses } from './own.ts'
import { deliverRemote, type Surroundings } from './remote.ts'
import { misused, noControls, noHome, noMessage, printed, type Report } from './report.ts'
import { readSettings, type Settings } from './settings.ts'
import { tcptoAt } from './tcpto.ts'

run('remote', async (system) => {
  writeDescriptor(1, bytesOf(printed(await remote(system))))
  return 0
})

async function remote(system: System): Promise<Report> {
  const [host, sender, ...recipients] = system.argv
  if (host === undefined || sender === undefined || recipients.length === 0) return misused
  try {
    system.chdir(system.home)
  } catch {
    return noHome
  }
  const settings = readSettings(controlFiles(system.home))
  if (!settings.ok) return noControls
  let message: Message
  try {
    message = messageOn(0)
  } catch {
    return noMessage
  }
  return deliverRemote({ host, sender, recipients, message }, surroundingsOf(system, settings.value))
}

/** Another remote holds tcpto for a moment only. */
const LOCK_SECONDS = 5

/** A delivery by a route asks no DNS, and one without timeouts on record takes no lock: what they need is loaded when it is needed. */
function surroundingsOf({ clock, pid, trace }: System, settings: Settings): Surroundings {
  let resolver: Promise<Resolver> | undefined
  return {
    settings,
    resolver: () => (resolver ??= makeResolver(clock)),
    isOwn: ownAddresses(),
    random: Math.random,
    tcpto: tcptoAt('queue/lock/tcpto', {
      now: clock.now,
      pid,
      lock: async (fd) => (await import('../../lib/lock/by-flock.ts')).lockWithin(fd, LOCK_SECONDS),
    }),
    connect: connectByTcp,
    trace,
  }
}

async function makeResolver(clock: Clock): Promise<Resolver> {
  const { readResolvConf } = await import('../../lib/dns/by-file.ts')
  const { askServers } = await import('../../lib/dns/by-net.ts')
  const { createResolver } = await import('../../lib/dns/resolver.ts')
  return createResolver(askServers(readResolvConf()), clock)
}
