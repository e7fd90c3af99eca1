import { execFileSync } from 'node:child_process'
import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { compactDate, headerDate, mboxDate } from '../../../../lib/date/date.ts'

const november = Date.UTC(2026, 10, 22, 4, 20, 47)
const leapDay = Date.UTC(2024, 1, 29, 23, 59, 59, 999)

test('a header date is UTC, with the zone -0000', () => {
  equal(headerDate(november), '22 Nov 2026 04:20:47 -0000')
})

test('the day of a header date has no leading zero', () => {
  equal(headerDate(Date.UTC(2026, 0, 3, 0, 0, 0)), '3 Jan 2026 00:00:00 -0000')
})

test('fractions of a second are cut, not rounded', () => {
  equal(headerDate(leapDay), '29 Feb 2024 23:59:59 -0000')
})

test('the day of an mbox date has two digits', () => {
  equal(mboxDate(november), 'Sun Nov 22 04:20:47 2026')
  equal(mboxDate(Date.UTC(2026, 10, 2, 4, 5, 6)), 'Mon Nov 02 04:05:06 2026')
})

test('the epoch itself is a date', () => {
  equal(headerDate(0), '1 Jan 1970 00:00:00 -0000')
  equal(mboxDate(0), 'Thu Jan 01 00:00:00 1970')
})

test('a compact date is fourteen digits', () => {
  equal(compactDate(november), '20261122042047')
})

test('a local date carries the offset of its zone, which date(1) agrees with', () => {
  const local = (zone: string): string => {
    const script = `import('${new URL('../../../../lib/date/date.ts', import.meta.url).href}').then((m) => process.stdout.write(m.localHeaderDate(${november})))`
    return execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', '-e', script], {
      env: { ...process.env, TZ: zone },
      encoding: 'utf8',
    })
  }
  for (const zone of ['EST5', 'UTC', 'Asia/Kolkata', 'America/St_Johns']) {
    const expected = execFileSync('date', ['-d', `@${november / 1000}`, '+%-d %b %Y %H:%M:%S %z'], {
      env: { ...process.env, TZ: zone, LC_ALL: 'C' },
      encoding: 'utf8',
    }).trim()
    equal(local(zone), expected)
  }
  equal(local('EST5'), '21 Nov 2026 23:20:47 -0500')
})
