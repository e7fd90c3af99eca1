/**
 * Who holds which descriptor: the programs that live and die together with send, the pipes between them, and whose rights each
 * has. Called by start.ts. The order of send's descriptors is qmail's and never changes, since every original send and every
 * spawner relies on it. qmail-start(8), DESCRIPTORS.
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import type { ChildEnd, Descriptor } from '../../lib/exec/start.ts'
import { pipe } from '../../lib/os/os.ts'

export interface Id {
  readonly uid: number
  readonly gid: number
}

/** Whom each child runs as. */
export interface ChildIds {
  readonly lspawn: Id
  readonly rspawn: Id
  readonly clean: Id
  readonly send: Id
  readonly queue: Id
  readonly logger: Id
}

/** A child of start: what it is and what it holds. */
export interface Program {
  readonly name: string
  readonly program: ByteString
  readonly args: readonly ByteString[]
  /** Undefined: as start itself. */
  readonly id: Id | undefined
  readonly descriptors: readonly Descriptor[]
}

export interface Wishes {
  /** The path of a program of the suite. */
  readonly programAt: (name: string) => ByteString
  /** What lspawn hands to local when there is no .qmail file. */
  readonly defaultDelivery: ByteString
  /** The program that takes send's lines, and its arguments; empty: they go to descriptor 1 of start. */
  readonly logger: readonly ByteString[]
  /** Undefined when start is not root: all run as the one user. */
  readonly ids: ChildIds | undefined
}

/** start's own. Descriptor 2 carries events of ours; qmail closes it, so nobody may need it. */
const OUTPUT = 1
const EVENTS = 2

/** In the order in which they are started. Every pipe end is in exactly one child, so each sees the other's death as an end. */
export function wire(wishes: Wishes): readonly Program[] {
  const { programAt, ids } = wishes
  const lspawn = duplex()
  const rspawn = duplex()
  const clean = duplex()
  const child = (name: keyof ChildIds, args: readonly ByteString[], descriptors: readonly Descriptor[]) => ({
    name,
    program: programAt(name),
    args,
    id: ids?.[name],
    descriptors,
  })
  const { logger, output } = wireLogger(wishes)
  const send = [output, ...lspawn.upper, ...rspawn.upper, ...clean.upper]
  return [
    ...logger,
    child('lspawn', [wishes.defaultDelivery], [...lspawn.lower, EVENTS]),
    child('rspawn', [], [...rspawn.lower, EVENTS]),
    child('clean', [], [...clean.lower, EVENTS]),
    child('send', [], send),
  ]
}

function wireLogger({ logger, ids }: Wishes): { logger: readonly Program[]; output: Descriptor } {
  const [program, ...args] = logger
  if (program === undefined) return { logger: [], output: OUTPUT }
  const lines = pipe()
  const descriptors = [{ fd: lines.read }, OUTPUT, EVENTS]
  return {
    logger: [{ name: 'logger', program, args, id: ids?.logger, descriptors }],
    output: { fd: lines.write },
  }
}

/** Two pipes: what is written down comes up as an answer. `upper` is send's pair of ends, `lower` the other program's 0 and 1. */
function duplex(): { readonly upper: readonly ChildEnd[]; readonly lower: readonly ChildEnd[] } {
  const down = pipe()
  const up = pipe()
  return { upper: [{ fd: down.write }, { fd: up.read }], lower: [{ fd: down.read }, { fd: up.write }] }
}
