/** qstat's counts of a real queue directory. */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { test } from 'node:test'
import { fileSystem } from '../../../../lib/queue/by-file.ts'
import { classicKeeper } from '../../../../lib/queue/classic-keeper.ts'
import { todoPath } from '../../../../lib/queue/paths.ts'
import { countMessages } from '../../../../src/qstat/qstat.ts'
import { queueHome } from '../../../helpers/queue-home.ts'

test('every message counts, and each that waits in todo counts twice; other names are nobody', async (t) => {
  const home = queueHome(t)
  const keeper = classicKeeper(fileSystem(home.queue))
  assert.deepEqual(await countMessages(keeper), { messages: 0, unprocessed: 0 })
  for (let count = 0; count < 30; count++) home.enqueue('Fa@b\0')
  const number = home.enqueue('Fa@b\0')
  rmSync(home.path(todoPath(number)))
  home.write('mess/3/core', '')
  home.write('todo/x', '')
  assert.deepEqual(await countMessages(keeper), { messages: 31, unprocessed: 30 })
})

test('a directory that is missing is told', async (t) => {
  const home = queueHome(t)
  rmSync(home.path('mess/5'), { recursive: true })
  assert.equal(
    await countMessages(classicKeeper(fileSystem(home.queue))),
    'unable to read queue/mess/5: file does not exist',
  )
})
