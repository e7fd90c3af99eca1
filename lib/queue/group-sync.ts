/**
 * One fsync of a directory for all who wait for it. A caller is served by a sync that began after it asked, so everything it
 * did before is covered; while one sync runs, all later callers gather for the next.
 */

export function groupSync(syncNow: (path: string) => Promise<void>): (path: string) => Promise<void> {
  const running = new Map<string, Promise<void>>()
  const waiting = new Map<string, Promise<void>>()

  const start = (path: string): Promise<void> => {
    const sync = syncNow(path).finally(() => {
      if (running.get(path) === sync) running.delete(path)
    })
    running.set(path, sync)
    return sync
  }

  return (path) => {
    const before = running.get(path)
    if (before === undefined) return start(path)
    const gathered = waiting.get(path)
    if (gathered !== undefined) return gathered
    // Whether the running sync succeeds says nothing about the next one.
    const next = before
      .catch(() => {})
      .then(() => {
        waiting.delete(path)
        return start(path)
      })
    waiting.set(path, next)
    return next
  }
}
