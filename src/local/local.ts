/**
 * Deliver one message to one recipient: find out what his .qmail file wants, do it line by line, stop at the first failure, and
 * forward at the end. Called by main for the one-shot program and later by a worker; it knows of neither. Nothing
 * here depends on the working directory, so one process may serve several homes. qmail-local(8).
 */
import { bytesOf } from '../../lib/bytes/bytes.ts'
import { failed, ok, type Result } from '../../lib/failure/failure.ts'
import { type DeliverToMaildir, MAILDIR_SECONDS } from '../../lib/maildir/maildir.ts'
import { type DeliverToMbox, MBOX_LOCK_SECONDS } from '../../lib/mbox/mbox.ts'
import type { Clock, Environment } from '../../lib/program/run.ts'
import type { OpenSubmission } from '../../lib/queue/submission.ts'
import { environmentOf } from './environment.ts'
import { forwardMessage } from './forward.ts'
import { deliveredTo, fromLine, returnPath } from './headline.ts'
import type { Instruction } from './instruction.ts'
import { inHome, type Job } from './job.ts'
import { type Message, withHead } from './message.ts'
import { failure, type Outcome, success } from './outcome.ts'
import { type Plan, planDelivery } from './plan.ts'
import type { RunProgram } from './program.ts'
import type { Verdict } from './verdict.ts'

export interface Adapters {
  readonly message: Message
  /** What programs inherit. */
  readonly env: Environment
  readonly clock: Clock
  readonly deliverToMaildir: DeliverToMaildir
  readonly deliverToMbox: DeliverToMbox
  readonly runProgram: RunProgram
  /** The queue program sees what other programs see. */
  readonly openSubmission: (env: Environment) => ReturnType<OpenSubmission>
}

export async function deliverLocal(job: Job, adapters: Adapters): Promise<Outcome> {
  const plan = await planDelivery(job, adapters.message)
  return plan.ok ? carryOut(job, plan.value, adapters) : failure(plan.failure)
}

export async function carryOut(job: Job, plan: Plan, adapters: Adapters): Promise<Outcome> {
  const delivery: Delivery = { job, plan, adapters, nowMs: adapters.clock.now() }
  const followed: Instruction[] = []
  for (const instruction of plan.instructions) {
    const verdict = await follow(instruction, delivery)
    if (!verdict.ok) return failure(verdict.failure)
    followed.push(instruction)
    if (verdict.value === 'stop') break
  }
  return finish(followed, delivery)
}

interface Delivery {
  readonly job: Job
  readonly plan: Plan
  readonly adapters: Adapters
  readonly nowMs: number
}

function environment({ job, plan, adapters, nowMs }: Delivery): Environment {
  const { newSender, matchedDefault } = plan
  return environmentOf(job, { inherited: adapters.env, newSender, matchedDefault, nowMs })
}

async function follow(instruction: Instruction, delivery: Delivery): Promise<Result<Verdict>> {
  const { job, adapters } = delivery
  switch (instruction.is) {
    case 'maildir':
      return thenNext(await intoMaildir(instruction.path, delivery))
    case 'mbox':
      return thenNext(await intoMbox(instruction.path, delivery))
    case 'program':
      return adapters.runProgram({
        command: instruction.command,
        home: job.home,
        env: environment(delivery),
      })
    case 'forward':
      return ok('next')
    case 'refusal':
      return failed(instruction.failure)
  }
}

function thenNext(result: Result<unknown>): Result<Verdict> {
  return result.ok ? ok('next') : result
}

function intoMaildir(path: string, { job, adapters }: Delivery): Promise<Result<unknown>> {
  return adapters.deliverToMaildir({
    directory: inHome(job, path),
    bytes: withHead(bytesOf(returnPath(job) + deliveredTo(job)), adapters.message),
    signal: AbortSignal.timeout(MAILDIR_SECONDS * 1000),
  })
}

function intoMbox(path: string, { job, adapters, nowMs }: Delivery): Promise<Result<unknown>> {
  return adapters.deliverToMbox({
    path: inHome(job, path),
    name: path,
    head: bytesOf(fromLine(job, nowMs) + returnPath(job) + deliveredTo(job)),
    message: adapters.message.chunks(),
    lockSeconds: MBOX_LOCK_SECONDS,
  })
}

async function finish(followed: readonly Instruction[], delivery: Delivery): Promise<Outcome> {
  const recipients = followed.filter((one) => one.is === 'forward').map(({ address }) => address)
  if (recipients.length === 0) return success(followed)
  const { job, plan, adapters } = delivery
  const forward = {
    message: adapters.message,
    head: deliveredTo(job),
    sender: plan.newSender,
    recipients,
  }
  const queued = await forwardMessage(forward, () => adapters.openSubmission(environment(delivery)))
  return queued.ok ? success(followed, queued.value.qp) : failure(queued.failure)
}
