/** The lock file holds every optional package that is on a list in it, wherever npm would look for it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkLockFile, unlockedOptionals } from '../../../scripts/lockfile.ts'

test('npm ci finds everything that the lock file promises', () => {
  assert.deepEqual(checkLockFile(), [])
})

test('an optional package that is not locked is found, one that is locked inside or outside is not', () => {
  const packages = {
    '': { optionalDependencies: { a: '1' } },
    'node_modules/a': { optionalDependencies: { inside: '1', outside: '1', '@scope/missing': '1' } },
    'node_modules/a/node_modules/inside': {},
    'node_modules/outside': {},
  }
  assert.deepEqual(unlockedOptionals({ packages }), [{ wanter: 'node_modules/a', name: '@scope/missing' }])
})
