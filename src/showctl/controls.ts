/**
 * Every control file with what it says, or with what holds without it, from the registry; then the files that nobody knows. Pure but
 * for the reading, which is handed in. showctl.8.md
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import type { Controls } from '../../lib/control/controls.ts'
import { type Profile, type Setting, settings } from '../../lib/control/registry.ts'
import type { Failure, Result } from '../../lib/failure/failure.ts'

export interface Description {
  readonly text: string
  /** False when a file is there and cannot be read. */
  readonly isWhole: boolean
}

/** `names`: what is in the directory control. */
export function describeControls(names: readonly ByteString[], controls: Controls): Description {
  const profile = controls.profile()
  const known = settings.map((setting) =>
    describe(setting, names, controls, profile.ok ? profile.value : 'qmail'),
  )
  const unknown = names
    .filter((name) => settings.every((setting) => setting.name !== name))
    .sort()
    .map((name) => `${printable(name)}: I have no idea what this file does.\n`)
  return {
    text: [...known.map(({ text }) => text), ...unknown].join(''),
    isWhole: profile.ok && known.every(({ isWhole }) => isWhole),
  }
}

function describe(
  setting: Setting,
  names: readonly ByteString[],
  controls: Controls,
  profile: Profile,
): Description {
  const said = whatItSays(setting, names, controls)
  if (!said.ok) {
    return {
      text: `${setting.name}: ${printable(reason(said.failure))} ${readers(setting)}\n`,
      isWhole: false,
    }
  }
  const value = said.value
  if (value === undefined) {
    const without = whatHoldsWithout(setting.name, setting[profile], controls)
    return { text: `${setting.name}: (Default.) ${without} ${readers(setting)}\n`, isWhole: true }
  }
  if (typeof value === 'string')
    return { text: `${setting.name}: ${printable(value)} ${readers(setting)}\n`, isWhole: true }
  const lines = value.map((line) => `    ${printable(line)}\n`)
  const count = value.length === 0 ? 'empty' : value.length === 1 ? '1 line' : `${value.length} lines`
  return { text: `${setting.name}: ${count} ${readers(setting)}\n${lines.join('')}`, isWhole: true }
}

/** Undefined: no such file, or a file of an integer without a digit: the default holds. */
function whatItSays(
  { name, reader }: Setting,
  names: readonly ByteString[],
  controls: Controls,
): Result<ByteString | readonly ByteString[] | undefined> {
  switch (reader) {
    case 'line':
      return controls.line(name)
    case 'integer': {
      const integer = controls.integer(name)
      return integer.ok && integer.value !== undefined
        ? { ok: true, value: `${integer.value}` }
        : unread(integer)
    }
    case 'list':
    case 'map':
      return controls.list(name)
    case 'cdb':
      return { ok: true, value: names.includes(name) ? 'a compiled table' : undefined }
  }
}

function unread(result: Result<unknown>): Result<undefined> {
  return result.ok ? { ok: true, value: undefined } : result
}

const ME = 'me, else '

/** The registry's words; where they say "me", what me says. */
function whatHoldsWithout(name: string, words: string, controls: Controls): string {
  if (!words.startsWith(ME)) return words
  const me = controls.lineOrMe(name)
  return me.ok && me.value !== undefined ? printable(me.value) : words.slice(ME.length)
}

const moments: Readonly<Record<Setting['again'], string>> = {
  run: 'at each run',
  second: 'at once',
  HUP: 'when send gets HUP',
  start: 'when it starts',
}

function readers({ readBy, again }: Setting): string {
  return `(read by ${readBy.join(', ')} ${moments[again]})`
}

/** The cause names the file and what the system said; the text alone is for strangers. */
function reason({ text, cause }: Failure): string {
  return cause instanceof Error ? `unable to read ${cause.message}` : text
}

function printable(text: ByteString): string {
  return text.replace(/[^ -~]/g, '_')
}
