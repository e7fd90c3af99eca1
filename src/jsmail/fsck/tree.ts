/** First stage of fsck: directories, FIFO, mutex and tcpto are there, and everything has its owner and mode. */
import type { Status } from './disk.ts'
import { departure, type Finding } from './finding.ts'
import { type Fixture, homeLayout, queueLayout } from './layout.ts'
import { moveToLost, type Place } from './place.ts'

export function* tree(place: Place): Generator<Finding, void, void> {
  for (const fixture of queueLayout(place.ids)) {
    const found = place.queue.status(fixture.path)
    if (found === undefined) yield departure(`${fixture.path}: missing`, 'made', () => make(place, fixture))
    else yield* compare(place, fixture, found)
  }
  for (const fixture of homeLayout(place.ids, place.self)) {
    const found = place.home.status(fixture.path)
    if (found?.is === 'directory') yield* ownership(place.home, fixture, found, `../${fixture.path}`)
  }
}

function* compare(place: Place, fixture: Fixture, found: Status): Generator<Finding, void, void> {
  const { path, is, sizeBytes } = fixture
  const [, kind, number] = /^(mess|info|local|remote)\/([0-9]+)$/.exec(path) ?? []
  if (found.is === 'file' && kind !== undefined && number !== undefined) {
    yield departure(`${path}: no directory`, 'made anew, and the file moved into it', () => {
      // A queue that was not split has a message of this number: it keeps its name, where it belongs.
      place.queue.rename(path, `${path}.new`)
      make(place, fixture)
      place.queue.rename(`${path}.new`, `${path}/${number}`)
    })
    return
  }
  if (found.is !== is) {
    yield departure(`${path}: no ${is === 'fifo' ? 'FIFO' : is}`, 'moved to lost and made anew', () => {
      moveToLost(place, path)
      make(place, fixture)
    })
    return
  }
  if (sizeBytes !== undefined && found.sizeBytes !== sizeBytes) {
    yield departure(`${path}: ${found.sizeBytes} bytes long, not ${sizeBytes}`, 'emptied', () =>
      make(place, fixture),
    )
    return
  }
  yield* ownership(place.queue, fixture, found, path)
}

function* ownership(
  disk: Place['queue'],
  { path, owner, mode }: Fixture,
  found: Status,
  shown: string,
): Generator<Finding, void, void> {
  if (found.uid === owner.uid && found.gid === owner.gid && found.mode === mode) return
  yield departure(`${shown}: ${ownerText(found, found.mode)}, not ${ownerText(owner, mode)}`, 'set', () =>
    disk.own(path, owner, mode),
  )
}

export function ownerText(
  { uid, gid }: { readonly uid: number; readonly gid: number },
  mode: number,
): string {
  return `${uid}:${gid} ${mode.toString(8).padStart(4, '0')}`
}

function make({ queue }: Place, { path, is, owner, mode, sizeBytes }: Fixture): void {
  if (is === 'file') {
    queue.write(path, new Uint8Array(sizeBytes ?? 0), owner, mode)
    return
  }
  if (is === 'directory') queue.makeDirectory(path)
  else queue.makeFifo(path)
  queue.own(path, owner, mode)
}
