/**
 * The three dates of qmail's texts: in header fields, in the From_ line of an mbox, and the local one of predate. Callers
 * pass the time, so that a text can be made again; years before 1970 and after 9999 do not occur in mail of ours.
 */

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const
const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const

function twoDigits(number: number): string {
  return number < 10 ? `0${number}` : `${number}`
}

function timeOfDay(hours: number, minutes: number, seconds: number): string {
  return `${twoDigits(hours)}:${twoDigits(minutes)}:${twoDigits(seconds)}`
}

function utcTime(date: Date): string {
  return timeOfDay(date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds())
}

/** The date of every Date and Received field that we make: `22 Nov 2026 04:20:47 -0000`, UTC; `ms` since the epoch. */
export function headerDate(ms: number): string {
  const date = new Date(ms)
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()} ${utcTime(date)} -0000`
}

/** The date of an mbox From_ line: `Sun Nov 22 04:20:47 2026`, UTC, the day with two digits (asctime has blanks). */
export function mboxDate(ms: number): string {
  const date = new Date(ms)
  const day = `${weekdays[date.getUTCDay()]} ${months[date.getUTCMonth()]} ${twoDigits(date.getUTCDate())}`
  return `${day} ${utcTime(date)} ${date.getUTCFullYear()}`
}

/**
 * The date that predate writes: `21 Nov 2026 23:20:47 -0500`, in the local zone. Where TZ holds rules of its own that the runtime
 * does not know (`XYZ5ABC,M3.2.0,M11.1.0`), it is UTC and says so: the instant is right in any case.
 */
export function localHeaderDate(ms: number): string {
  const date = new Date(ms)
  const time = timeOfDay(date.getHours(), date.getMinutes(), date.getSeconds())
  const east = -date.getTimezoneOffset()
  const zone = twoDigits(Math.trunc(Math.abs(east) / 60)) + twoDigits(Math.abs(east) % 60)
  const day = `${date.getDate()} ${months[date.getMonth()]} ${date.getFullYear()}`
  return `${day} ${time} ${east < 0 ? '-' : '+'}${zone}`
}

/** The digits in front of a Message-ID of ours: `20261122042047`, UTC. */
export function compactDate(ms: number): string {
  return new Date(ms)
    .toISOString()
    .slice(0, 19)
    .replace(/[^0-9]/g, '')
}
