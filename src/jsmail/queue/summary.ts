/**
 * How much waits for whom, and for how long already: recipients that are not done, by domain and age of their message. Pure; at most
 * DOMAINS domains are told apart, what comes later counts as `(others)`. jsmail(8)
 */
import { type ByteString, logSafe } from '../../../lib/bytes/bytes.ts'
import { domainOf } from './filter.ts'
import { bytesJson } from './json.ts'
import type { Listed } from './message.ts'

export const DOMAINS = 100_000
const OTHERS = '(others)'
const TOTAL = 'total'

/** Up to which age (seconds), and how the column is called; the last has all that is older. */
const columns: readonly (readonly [seconds: number, name: string])[] = [
  [300, '5 min'],
  [1800, '30 min'],
  [7200, '2 h'],
  [28_800, '8 h'],
  [86_400, '1 d'],
  [259_200, '3 d'],
  [Infinity, 'older'],
]

interface Row {
  readonly domain: ByteString
  readonly counts: readonly number[]
  readonly all: number
}

export class Summary {
  readonly #domains = new Map<ByteString, number[]>()
  readonly #total: number[] = columns.map(() => 0)

  add({ recipients, birthSeconds }: Listed, nowSeconds: number): void {
    const ageSeconds = nowSeconds - (birthSeconds ?? nowSeconds)
    const column = columns.findIndex(([seconds]) => ageSeconds <= seconds)
    for (const { address, isDone } of recipients) {
      if (isDone) continue
      const counts = this.#countsOf(domainOf(address))
      counts[column] = (counts[column] ?? 0) + 1
      this.#total[column] = (this.#total[column] ?? 0) + 1
    }
  }

  #countsOf(domain: ByteString): number[] {
    const name = this.#domains.has(domain) || this.#domains.size < DOMAINS ? domain : OTHERS
    let counts = this.#domains.get(name)
    if (counts === undefined) {
      counts = columns.map(() => 0)
      this.#domains.set(name, counts)
    }
    return counts
  }

  /** The domain with most first. */
  rows(): readonly Row[] {
    return [...this.#domains]
      .map(([domain, counts]) => rowOf(domain, counts))
      .sort((a, b) => b.all - a.all || (a.domain < b.domain ? -1 : 1))
  }

  /** A table of the first `most` domains; all of them count in its last line. */
  render(most: number): string {
    const rows = this.rows()
    const head = ['', 'all', ...columns.map(([, name]) => name)]
    const body = [...rows.slice(0, most), rowOf(TOTAL, this.#total)].map(cells)
    const left = rows.length > most ? `${rows.length - most} more domains\n` : ''
    return `${table([head, ...body])}${left}`
  }

  json(): readonly Readonly<Record<string, unknown>>[] {
    return this.rows().map(({ domain, counts, all }) => ({
      ...bytesJson('domain', domain),
      all,
      ages: columns.map(([seconds], at) => ({
        ...(seconds === Infinity ? {} : { upToSeconds: seconds }),
        recipients: counts[at] ?? 0,
      })),
    }))
  }
}

function rowOf(domain: ByteString, counts: readonly number[]): Row {
  return { domain, counts, all: counts.reduce((sum, count) => sum + count, 0) }
}

function cells({ domain, counts, all }: Row): readonly string[] {
  return [
    logSafe(domain) || '(none)',
    ...[all, ...counts].map((count) => (count === 0 ? '-' : String(count))),
  ]
}

/** The first column to the left, the others to the right. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, at) => (at === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[at] ?? 0)))
        .join('  '),
    )
    .map((text) => `${text}\n`)
    .join('')
}
