/**
 * The priority queue of messages by due time: a binary heap in parallel arrays, 50 bytes a message, and no operation that looks at
 * more than log n of them (but making all due). Messages of the same second leave in the order in which they came.
 */
import type { MessageNumber } from '../../lib/queue/paths.ts'

export interface Due {
  readonly number: MessageNumber
  readonly dueSeconds: number
}

export class DueQueue {
  readonly #due: number[] = []
  readonly #arrival: number[] = []
  readonly #number: MessageNumber[] = []
  #arrivals = 0

  get size(): number {
    return this.#due.length
  }

  /** When the first is due; Infinity when there is none. */
  get firstSeconds(): number {
    return this.#due[0] ?? Infinity
  }

  add(number: MessageNumber, dueSeconds: number): void {
    const at = this.size
    this.#due.push(dueSeconds)
    this.#arrival.push(this.#arrivals++)
    this.#number.push(number)
    this.#rise(at)
  }

  /** Remove and return the first, if it is due now. */
  takeDue(nowSeconds: number): MessageNumber | undefined {
    return this.firstSeconds <= nowSeconds ? this.take()?.number : undefined
  }

  /** Remove and return the first. */
  take(): Due | undefined {
    const first = this.#number[0]
    if (first === undefined) return undefined
    const taken = { number: first, dueSeconds: this.firstSeconds }
    this.#swap(0, this.size - 1)
    this.#due.pop()
    this.#arrival.pop()
    this.#number.pop()
    this.#sink(0)
    return taken
  }

  /** Those that are due later are due now, in the order that they had. */
  makeAllDue(nowSeconds: number): void {
    const order = this.#number.map((_, at) => at).sort((a, b) => (this.#isBefore(a, b) ? -1 : 1))
    const numbers = order.map((at) => this.#number[at] as MessageNumber)
    numbers.forEach((number, at) => {
      this.#number[at] = number
      this.#due[at] = nowSeconds
      this.#arrival[at] = this.#arrivals++
    })
  }

  clear(): void {
    for (const list of [this.#due, this.#arrival, this.#number]) list.length = 0
  }

  #isBefore(a: number, b: number): boolean {
    const difference = this.#due[a]! - this.#due[b]!
    return difference === 0 ? this.#arrival[a]! < this.#arrival[b]! : difference < 0
  }

  #rise(from: number): void {
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1
      if (!this.#isBefore(at, parent)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  #sink(from: number): void {
    for (let at = from; ;) {
      let child = 2 * at + 1
      if (child >= this.size) return
      if (child + 1 < this.size && this.#isBefore(child + 1, child)) child++
      if (!this.#isBefore(child, at)) return
      this.#swap(at, child)
      at = child
    }
  }

  #swap(a: number, b: number): void {
    swapIn(this.#due, a, b)
    swapIn(this.#arrival, a, b)
    swapIn(this.#number, a, b)
  }
}

function swapIn<T>(list: T[], a: number, b: number): void {
  const held = list[a] as T
  list[a] = list[b] as T
  list[b] = held
}
