import { deepEqual, equal } from 'node:assert/strict'
import * as fs from 'node:fs'
import { test, type TestContext } from 'node:test'
import * as control from '../../../../lib/control/by-file.ts'
import { controlsOf, readSettings, rereadRouting, type Settings } from '../../../../src/send/settings.ts'
import { queueHome, type QueueHome } from '../../../helpers/queue-home.ts'

function read(home: QueueHome): Settings {
  const settings = readSettings(controlsOf(home.home, control))
  if (!settings.ok) throw new Error('unreadable', { cause: settings.failure.cause })
  return settings.value
}

function homeWith(context: TestContext, files: Readonly<Record<string, string>>): QueueHome {
  const home = queueHome(context)
  for (const [name, content] of Object.entries(files)) home.control(name, content)
  return home
}

test('with control/me alone, all has its default', (context) => {
  deepEqual(read(homeWith(context, { me: 'mx.example.org\n' })), {
    concurrency: { local: 10, remote: 20 },
    lifetimeSeconds: 604_800,
    bounce: {
      bouncefrom: 'MAILER-DAEMON',
      bouncehost: 'mx.example.org',
      doubleBounceTo: 'postmaster@mx.example.org',
      isReport: false,
      maxBytes: 50_000,
    },
    routing: {
      envnoathost: 'mx.example.org',
      percenthack: new Set(),
      locals: new Set(['mx.example.org']),
      virtualdomains: new Map(),
    },
  })
})

test('every file has its meaning', (context) => {
  const home = homeWith(context, {
    bouncefrom: 'bouncer\n',
    bouncehost: 'bounce.example\n',
    bouncemaxbytes: '1000\n',
    concurrencylocal: '0\n',
    concurrencyremote: '255 many\n',
    doublebouncehost: 'double.example\n',
    doublebounceto: 'joe\n',
    dsnbounce: '1\n',
    envnoathost: 'noat.example\n',
    locals: 'A.example\n# comment\nb.example\n',
    percenthack: 'Pct.example\n',
    queuelifetime: '60\n',
    virtualdomains: 'V.example:alias-v\nno colon\nv.example:last:wins\n',
  })
  deepEqual(read(home), {
    concurrency: { local: 0, remote: 255 },
    lifetimeSeconds: 60,
    bounce: {
      bouncefrom: 'bouncer',
      bouncehost: 'bounce.example',
      doubleBounceTo: 'joe@double.example',
      isReport: true,
      maxBytes: 1000,
    },
    routing: {
      envnoathost: 'noat.example',
      percenthack: new Set(['pct.example']),
      locals: new Set(['a.example', 'b.example']),
      virtualdomains: new Map([['v.example', 'last:wins']]),
    },
  })
})

test('in profile modern bounces are notifications, and control/dsnbounce overrides both profiles', (context) => {
  const isReport = (files: Readonly<Record<string, string>>): boolean =>
    read(homeWith(context, { me: 'mx.example.org\n', ...files })).bounce.isReport
  equal(isReport({ profile: 'modern\n' }), true)
  equal(isReport({ profile: 'qmail\n' }), false)
  equal(isReport({ profile: 'modern\n', dsnbounce: '0\n' }), false)
  equal(isReport({ profile: 'qmail\n', dsnbounce: '1\n' }), true)
})

test('a profile that is none keeps send from starting', (context) => {
  const home = homeWith(context, { me: 'mx.example.org\n', profile: 'postfix\n' })
  equal(readSettings(controlsOf(home.home, control)).ok, false)
})

test('an empty locals is no local domain', (context) => {
  equal(read(homeWith(context, { me: 'mx.example.org\n', locals: '' })).routing.locals.size, 0)
})

test('neither locals nor me: send does not start', (context) => {
  equal(readSettings(controlsOf(queueHome(context).home, control)).ok, false)
})

test('a file that cannot be read keeps send from starting', (context) => {
  const home = homeWith(context, { me: 'mx.example.org\n' })
  fs.mkdirSync(`${home.home}/control/virtualdomains`)
  equal(readSettings(controlsOf(home.home, control)).ok, false)
})

test('HUP reads locals and virtualdomains again and nothing else', (context) => {
  const home = homeWith(context, { me: 'mx.example.org\n' })
  const { routing } = read(home)
  home.control('locals', 'new.example\n')
  home.control('virtualdomains', 'v.example:alias-v\n')
  home.control('percenthack', 'pct.example\n')
  home.control('envnoathost', 'other.example\n')
  deepEqual(rereadRouting(controlsOf(home.home, control), routing), {
    routing: {
      envnoathost: 'mx.example.org',
      percenthack: new Set(),
      locals: new Set(['new.example']),
      virtualdomains: new Map([['v.example', 'alias-v']]),
    },
  })
})

test('what cannot be read again leaves everything as it was', (context) => {
  const home = homeWith(context, { me: 'mx.example.org\n' })
  const controls = controlsOf(home.home, control)
  const { routing } = read(home)
  home.control('locals', 'new.example\n')
  fs.mkdirSync(`${home.home}/control/virtualdomains`)
  deepEqual(rereadRouting(controls, routing), { routing, unreadable: 'virtualdomains' })
  fs.unlinkSync(`${home.home}/control/locals`)
  fs.unlinkSync(`${home.home}/control/me`)
  deepEqual(rereadRouting(controls, routing), { routing, unreadable: 'locals' })
})
