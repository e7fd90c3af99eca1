/** The report: one row for each point of a workload and server, medians over the rounds, ratios within the round. */

export interface Measurement {
  readonly messagesPerSecond: number
  readonly processorMilliseconds: number
  readonly memoryMegabytes: number
}

/** By server, one entry for each round. */
export type Rounds = ReadonlyMap<string, readonly Measurement[]>

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}

export function rowsOf(point: string, rounds: Rounds, reference: string): readonly string[] {
  const base = rounds.get(reference)
  return [...rounds].map(([name, measured]) => {
    const rates = measured.map((one) => one.messagesPerSecond)
    const ratios = measured.flatMap((one, round) => {
      const other = base?.[round]
      return other === undefined ? [] : [one.messagesPerSecond / other.messagesPerSecond]
    })
    return [
      point.padEnd(12),
      name.padEnd(9),
      median(rates).toFixed(0).padStart(6),
      `${Math.min(...rates).toFixed(0)}..${Math.max(...rates).toFixed(0)}`.padStart(13),
      median(measured.map((one) => one.processorMilliseconds))
        .toFixed(2)
        .padStart(7),
      Math.max(...measured.map((one) => one.memoryMegabytes))
        .toFixed(0)
        .padStart(7),
      (ratios.length === 0 ? '-' : median(ratios).toFixed(2)).padStart(7),
    ].join('  ')
  })
}

export const heading = [
  'workload'.padEnd(12),
  'server'.padEnd(9),
  'msg/s'.padStart(6),
  'min..max'.padStart(13),
  'cpu ms'.padStart(7),
  'MB PSS'.padStart(7),
  'ratio'.padStart(7),
].join('  ')
