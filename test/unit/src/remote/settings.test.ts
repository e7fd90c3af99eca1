import { deepEqual, equal, ok } from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { test } from 'node:test'
import { controlFiles } from '../../../../lib/control/by-file.ts'
import { readSettings } from '../../../../src/remote/settings.ts'
import { makeRemoteHome } from '../../../helpers/remote.ts'

test('the defaults are those of qmail', () => {
  using home = makeRemoteHome()
  const settings = readSettings(controlFiles(home.home))
  ok(settings.ok)
  deepEqual(settings.value, {
    profile: 'qmail',
    helo: 'mx.example.org',
    routes: new Map(),
    connectSeconds: 60,
    sessionSeconds: 1200,
  })
})

test('an empty helohost is a value, timeouts are at least a second and fit a timer', () => {
  using home = makeRemoteHome({ helohost: '\n', timeoutconnect: '0\n', timeoutremote: '99999999999\n' })
  const settings = readSettings(controlFiles(home.home))
  ok(settings.ok)
  deepEqual(
    [settings.value.helo, settings.value.connectSeconds, settings.value.sessionSeconds],
    ['', 1, 2_000_000],
  )
})

test('any file that cannot be read is trouble for now', () => {
  for (const name of ['profile', 'helohost', 'smtproutes', 'timeoutconnect', 'timeoutremote']) {
    using home = makeRemoteHome()
    mkdirSync(`${home.home}/control/${name}`)
    const settings = readSettings(controlFiles(home.home))
    equal(settings.ok ? 'fine' : settings.failure.retry, 'later', name)
  }
})
