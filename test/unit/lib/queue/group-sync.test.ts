import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupSync } from '../../../../lib/queue/group-sync.ts'

/** Syncs that end when told to. */
function controlled(): {
  sync: (path: string) => Promise<void>
  begun: string[]
  end: (error?: Error) => void
} {
  const begun: string[] = []
  const ends: ((error?: Error) => void)[] = []
  return {
    begun,
    sync: groupSync((path) => {
      begun.push(path)
      return new Promise((resolve, reject) => ends.push((error) => (error ? reject(error) : resolve())))
    }),
    end: (error) => ends.shift()!(error),
  }
}

test('who asks while a sync runs is served by one that begins afterwards, together with all who wait', async () => {
  const { sync, begun, end } = controlled()
  const done: string[] = []
  const ask = (name: string): Promise<unknown> => sync('todo').then(() => done.push(name))
  const first = ask('a')
  const second = Promise.all([ask('b'), ask('c')])
  assert.equal(begun.length, 1)
  end()
  await first
  await new Promise(setImmediate)
  assert.deepEqual([begun.length, done], [2, ['a']])
  end()
  await second
  assert.deepEqual([begun.length, done], [2, ['a', 'b', 'c']])
})

test('a failed sync fails those whom it was to serve, and not the next', async () => {
  const { sync, end } = controlled()
  const first = sync('todo')
  const second = sync('todo')
  end(new Error('EIO'))
  await assert.rejects(first, /EIO/)
  await new Promise(setImmediate)
  end()
  await second
})

test('directories do not wait for each other', () => {
  const { sync, begun } = controlled()
  void sync('todo')
  void sync('bounce')
  assert.deepEqual(begun, ['todo', 'bounce'])
})
