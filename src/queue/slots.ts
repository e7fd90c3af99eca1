/**
 * How many submissions may be open, shared out among users: nobody can take more than half of what the others leave, so that one
 * user's flood never shuts the others out. Page: queue.8.md, "The socket".
 */

export interface Slots {
  /** The function gives the slot back; undefined when this user has enough. */
  take(uid: number): (() => void) | undefined
}

export function slots(total: number): Slots {
  const heldBy = new Map<number, number>()
  let held = 0
  return {
    take(uid) {
      const own = heldBy.get(uid) ?? 0
      const leftByOthers = total - (held - own)
      if (own >= Math.ceil(leftByOthers / 2)) return undefined
      heldBy.set(uid, own + 1)
      held += 1
      let returned = false
      return () => {
        if (returned) return
        returned = true
        held -= 1
        const now = (heldBy.get(uid) ?? 1) - 1
        if (now === 0) heldBy.delete(uid)
        else heldBy.set(uid, now)
      }
    },
  }
}
