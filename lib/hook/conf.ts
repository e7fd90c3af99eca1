/**
 * What stands beside a hook, in `NN-name.conf`: `key=value` lines (hooks.md, Where they are). Also which names in the directory are
 * hooks at all. Pure. A key that a runner does not know is another runner's.
 */
import type { ByteString } from '../bytes/bytes.ts'
import { integerOf, linesOf } from '../control/lines.ts'
import type { Stage } from './hook.ts'

export interface Conf {
  readonly timeoutSeconds: number
  /** When it gives no answer: refuse for now, or go on without it. */
  readonly onError: 'later' | 'skip'
  /** `shadow`: its verdict is logged and not obeyed. */
  readonly mode: 'live' | 'shadow'
}

const TIMEOUT_SECONDS = 30
const MESSAGE_TIMEOUT_SECONDS = 300

export function parseConf(content: ByteString, stage: Stage): Conf {
  const values = new Map(linesOf(content).map((line) => keyAndValue(line)))
  const timeout = integerOf(values.get('timeout') ?? '')
  return {
    timeoutSeconds: Math.max(1, timeout ?? (stage === 'message' ? MESSAGE_TIMEOUT_SECONDS : TIMEOUT_SECONDS)),
    onError: values.get('on-error') === 'skip' ? 'skip' : 'later',
    mode: values.get('mode') === 'shadow' ? 'shadow' : 'live',
  }
}

function keyAndValue(line: ByteString): readonly [ByteString, ByteString] {
  const equals = line.indexOf('=')
  return equals === -1 ? [line, ''] : [line.slice(0, equals).trim(), line.slice(equals + 1).trim()]
}

/** Which of these are hooks, in byte order. */
export function hookNames(names: readonly ByteString[]): readonly ByteString[] {
  return names.filter((name) => !name.startsWith('.') && !/(?:~|\.conf|\.off)$/.test(name)).sort()
}
