/** The home of the conformance cases: their domains, and send running over it as in send-run.ts. */
import type { TestContext } from 'node:test'
import { type QueueHome, queueHome } from './queue-home.ts'
import type { Answer } from './far-spawner.ts'
import { type RunOptions, SendRun } from './send-run.ts'

export interface Fixture {
  readonly home: QueueHome
  readonly run: SendRun
}

export function caseHome(context: TestContext, controls: Readonly<Record<string, string>> = {}): QueueHome {
  const home = queueHome(context)
  const files = {
    me: 'mx.example.org\n',
    locals: 'local.example\nmx.example.org\n',
    virtualdomains:
      'virt.example:alias-virt\nexc.virt.example:\n.virt.example:alias-wild\nbob@special.example:alias-bob\n',
    doublebounceto: 'joe\n',
    doublebouncehost: 'local.example\n',
    ...controls,
  }
  for (const [name, content] of Object.entries(files)) home.control(name, content)
  return home
}

/** Send over this home, ended with the test. */
export function startSend(context: TestContext, home: QueueHome, options: RunOptions = {}): SendRun {
  const run = new SendRun(home, options)
  context.after(() => run.abandon())
  return run
}

/** The home of the cases, with send running. */
export async function fixture(
  context: TestContext,
  options: RunOptions & { readonly controls?: Readonly<Record<string, string>> } = {},
): Promise<Fixture> {
  const home = caseHome(context, options.controls)
  const run = startSend(context, home, options)
  await run.untilLine('status')
  return { home, run }
}

const noSuchMailbox = 'Sorry, no mailbox here by that name. (#5.1.1)\n'

/** lspawn: only joe has a mailbox, and nobody is delivered to without a local part. */
export const local: Answer = ({ recipient }) => {
  if (recipient.startsWith('@')) return 'K'
  return recipient.toLowerCase().startsWith('joe@') ? 'Kdid 1+0+0\n' : `D${noSuchMailbox}`
}

/** rspawn before the scripted sink: a recipient that begins with three digits is refused with them. */
export const remote: Answer = ({ recipient }) => {
  const code = /^[0-9]{3}/.exec(recipient)?.[0]
  if (code === undefined) return 'K127.0.0.1 accepted message.\nRemote host said: 250 ok queued\n'
  const letter = code < '500' ? 'Z' : 'D'
  return (
    `${letter}127.0.0.1 does not like recipient.\n` +
    `Remote host said: ${code}-first line\n${code} rejected by rule\nGiving up on 127.0.0.1.\n`
  )
}
