/** What queue takes from control files: one switch. Page: queue.8.md, CONTROL FILES. */
import type { Controls } from '../../lib/control/controls.ts'
import { ok, type Result } from '../../lib/failure/failure.ts'

/** Are the parameters of envelopes kept? control/queueext; where it is absent, what the profile says. */
export function queueExtension(controls: Pick<Controls, 'integer' | 'profile'>): () => Result<boolean> {
  return () => {
    const own = controls.integer('queueext')
    if (!own.ok) return own
    if (own.value !== undefined) return ok(own.value !== 0)
    const profile = controls.profile()
    return profile.ok ? ok(profile.value === 'modern') : profile
  }
}
