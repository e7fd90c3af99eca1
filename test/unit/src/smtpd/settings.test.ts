/** Control files as settings: the defaults of both profiles, and what overrides them. */
import { deepEqual, equal, throws } from 'node:assert/strict'
import { chmodSync } from 'node:fs'
import { test } from 'node:test'
import { settings as registry } from '../../../../lib/control/registry.ts'
import { sizeLimit } from '../../../../src/smtpd/limits.ts'
import { settingNames } from '../../../../src/smtpd/settings.ts'
import { withoutRoot } from '../../../helpers/peers.ts'
import { ControlHome } from '../../../helpers/smtp-house.ts'

const home = (control: Readonly<Record<string, string>>) => new ControlHome(Object.entries(control))

test('the defaults of qmail', () => {
  using qmail = home({ me: 'mx.example.org\n' })
  const {
    profile,
    greeting,
    timeoutSeconds,
    databytes,
    maxRecipients,
    maxConnections,
    localIpHost,
    recipients,
  } = qmail.settings()
  deepEqual(
    { profile, greeting, timeoutSeconds, databytes, maxRecipients, maxConnections, localIpHost },
    {
      profile: 'qmail',
      greeting: 'mx.example.org',
      timeoutSeconds: 1200,
      databytes: 0,
      maxRecipients: 100_000,
      maxConnections: 2000,
      localIpHost: 'mx.example.org',
    },
  )
  deepEqual(recipients, { rcpthosts: undefined, here: undefined })
})

test('the defaults of modern', () => {
  using modern = home({ me: 'mx.example.org\n', profile: 'modern\n' })
  const { profile, maxRecipients, recipients } = modern.settings()
  equal(profile, 'modern')
  equal(maxRecipients, 1000)
  equal(recipients.rcpthosts, undefined)
  deepEqual([...(recipients.here?.locals ?? [])], ['mx.example.org'])
})

test('every setting has its file', () => {
  using own = home({
    me: 'mx.example.org\n',
    smtpgreeting: 'my.host my banner\n',
    timeoutsmtpd: '0\n',
    databytes: '1000\n',
    maxrecipients: '7\n',
    concurrencyincoming: '5\n',
    localiphost: 'ip.example\n',
    rcpthosts: 'A.example\n',
    badmailfrom: '@Evil.example\n',
  })
  const settings = own.settings()
  equal(settings.greeting, 'my.host my banner')
  equal(settings.timeoutSeconds, 1)
  equal(settings.databytes, 1000)
  equal(settings.maxRecipients, 7)
  equal(settings.maxConnections, 5)
  equal(settings.localIpHost, 'ip.example')
  deepEqual([...(settings.recipients.rcpthosts ?? [])], ['a.example'])
  deepEqual([...settings.badmailfrom], ['@evil.example'])
})

test('without me and smtpgreeting nobody is greeted', () => {
  using empty = home({})
  throws(() => empty.settings(), /unable to read controls/)
  using greeting = home({ smtpgreeting: 'x\n' })
  equal(greeting.settings().greeting, 'x')
})

test('a profile that is none fails', () => {
  using odd = home({ me: 'x\n', profile: 'Modern\n' })
  throws(() => odd.settings(), /unable to read controls/)
})

test(
  'a file that cannot be read is no default',
  { skip: withoutRoot() === false && 'root reads everything' },
  () => {
    using closed = home({ me: 'x\n', rcpthosts: 'a.example\n' })
    chmodSync(`${closed.path}/control/rcpthosts`, 0)
    throws(() => closed.settings(), /unable to read controls/)
  },
)

test('a directory in the place of a file is no default either', () => {
  using odd = home({ me: 'x\n', 'rcpthosts/x': '' })
  throws(() => odd.settings(), /unable to read controls/)
})

test('DATABYTES of the client wins, also when it is 0 or nonsense', () => {
  using own = home({ me: 'x\n', databytes: '1000\n' })
  const settings = own.settings()
  const limit = (env: Readonly<Record<string, string>>): number =>
    sizeLimit({
      settings,
      client: { own: env, shared: {} },
      recipientHooks: [],
      clock: { now: () => 0 },
      trace() {},
    })
  equal(limit({}), 1000)
  equal(limit({ DATABYTES: '10' }), 10)
  equal(limit({ DATABYTES: '0' }), 0)
  equal(limit({ DATABYTES: '' }), 0)
})

test('the settings are read again when any file of theirs is edited', () => {
  const ofSmtpd = registry.filter(({ readBy, reader }) => readBy.includes('smtpd') && reader !== 'cdb')
  deepEqual(
    [...settingNames].sort(),
    ofSmtpd.map(({ name }) => name),
  )
})
