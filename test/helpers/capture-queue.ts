/**
 * The capture queue: a program that stands where qmail-queue stands, keeps what it was given on descriptors 0 and 1, and exits as the
 * test says. Here: its environment, and what it kept.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'

export interface Capture {
  /** Descriptor 0 to its end; undefined when it was told not to read it. */
  readonly message: Buffer | undefined
  /** Descriptor 1 to its end; undefined when it was told not to read it. */
  readonly envelope: Buffer | undefined
  readonly environment: Readonly<Record<string, string>>
}

export interface CaptureOptions {
  readonly exit?: number
  readonly signal?: 'KILL' | 'SEGV' | 'TERM'
  readonly text4?: string
  readonly text6?: string
  readonly read?: 'both' | 'message' | 'none'
}

export interface CaptureQueue extends Disposable {
  /** Absolute path, for QMAILQUEUE. */
  readonly program: string
  /** To be merged into the environment of whoever starts it; QMAILQUEUE is among them. */
  readonly env: Readonly<Record<string, string>>
  /** What was kept so far, in the order of finishing. */
  captures(): readonly Capture[]
  /** The one run there was; throws when there was none, or more. */
  only(): Capture
}

export function captureQueue(options: CaptureOptions = {}): CaptureQueue {
  const directory = mkdtempSync(`${tmpdir()}/capture-`)
  const program = `${import.meta.dirname}/capture-queue`
  const captures = () => readCaptures(directory)
  return {
    program,
    env: {
      QMAILQUEUE: program,
      CAPTURE_DIR: directory,
      CAPTURE_READ: options.read ?? 'both',
      CAPTURE_EXIT: String(options.exit ?? 0),
      CAPTURE_SIGNAL: options.signal ?? '',
      CAPTURE_TEXT_4: options.text4 ?? '',
      CAPTURE_TEXT_6: options.text6 ?? '',
    },
    captures,
    only() {
      const [capture, another] = captures()
      if (capture === undefined || another !== undefined) throw new Error('not exactly one capture')
      return capture
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  }
}

function readCaptures(directory: string): readonly Capture[] {
  return readdirSync(directory)
    .filter((name) => !name.startsWith('new.'))
    .map((name) => ({ name, finished: statSync(`${directory}/${name}`, { bigint: true }).ctimeNs }))
    .sort((a, b) => (a.finished < b.finished ? -1 : 1))
    .map(({ name }) => ({
      message: readIfThere(`${directory}/${name}/message`),
      envelope: readIfThere(`${directory}/${name}/envelope`),
      environment: environmentIn(readFileSync(`${directory}/${name}/environment`, 'latin1')),
    }))
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}

function environmentIn(text: string): Readonly<Record<string, string>> {
  const pairs = text.split('\0').filter((pair) => pair.includes('='))
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  )
}
