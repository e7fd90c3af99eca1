/** A delivery as qmail-lspawn asks for it, for the tests beside this file. */
import type { Job } from '../../../../src/local/job.ts'

export function sampleJob(changes: Partial<Job> = {}): Job {
  return {
    user: 'joe',
    home: '/nonexistent',
    local: 'joe',
    dash: '',
    ext: '',
    domain: 'h.e.example',
    sender: 's@d.example',
    defaultDelivery: './Mailbox',
    ...changes,
  }
}
