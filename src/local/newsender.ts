/**
 * Who a forwarded message comes from: the owner of the list, where the address has one, so that bounces do not go to those who
 * wrote to the list. The address's own name counts here, even where a `default` file decides. dot-qmail(5), qmail-command(8).
 */
import { statSync } from 'node:fs'
import { type ByteString, pathOf } from '../../lib/bytes/bytes.ts'
import { errorText, isTemporary } from '../../lib/failure/errno.ts'
import { failed, ok, type Result, temporary } from '../../lib/failure/failure.ts'
import { ownName } from './dotqmail.ts'
import { inHome, type Job } from './job.ts'

/** Sent on by nobody's name: bounces and double bounces must stay what they are. */
const bounceSenders: readonly ByteString[] = ['', '#@[]']

export function newSender(job: Job): Result<ByteString> {
  if (bounceSenders.includes(job.sender)) return ok(job.sender)
  const owner = isThere(job, `${ownName(job)}-owner`)
  if (!owner.ok) return owner
  if (!owner.value) return ok(job.sender)
  const verp = isThere(job, `${ownName(job)}-owner-default`)
  if (!verp.ok) return verp
  return ok(verp.value ? `${job.local}-owner-@${job.domain}-@[]` : `${job.local}-owner@${job.domain}`)
}

function isThere(job: Job, name: ByteString): Result<boolean> {
  try {
    statSync(pathOf(inHome(job, name)))
    return ok(true)
  } catch (error) {
    if (!isTemporary(error)) return ok(false)
    return failed(temporary('3.0', `Unable to open ${name}: ${errorText(error)}.`, error))
  }
}
