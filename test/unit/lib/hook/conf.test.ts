/** Which files are hooks, and what stands beside them. */
import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { hookNames, parseConf } from '../../../../lib/hook/conf.ts'

test('hooks run in byte order of their names; what is hidden, saved, turned off or a conf is none', () => {
  deepEqual(hookNames(['20-b', '100-c', '10-a', '.git', 'x~', '10-a.conf', '30-d.off', 'Z', 'a']), [
    '10-a',
    '100-c',
    '20-b',
    'Z',
    'a',
  ])
})

test('without a conf a hook has 30 seconds, 300 at message, counts when it fails, and is obeyed', () => {
  deepEqual(parseConf('', 'rcpt'), { timeoutSeconds: 30, onError: 'later', mode: 'live' })
  equal(parseConf('', 'message').timeoutSeconds, 300)
})

test('a conf says otherwise; unknown keys and words change nothing', () => {
  const conf = parseConf('# slow\n timeout = 5 \non-error=skip\nmode=shadow\nmemory=64\nfoo\n', 'rcpt')
  deepEqual(conf, { timeoutSeconds: 5, onError: 'skip', mode: 'shadow' })
  deepEqual(parseConf('timeout=x\non-error=maybe\nmode=\n', 'rcpt'), parseConf('', 'rcpt'))
  equal(parseConf('timeout=0', 'rcpt').timeoutSeconds, 1)
})
