/**
 * The far end of a spawner's two pipes, as lspawn and rspawn are it: keeps the commands that come, and answers what the test says. The
 * near ends are descriptors, for send in this process or in another.
 */
import { closeSync } from 'node:fs'
import { once } from 'node:events'
import { Socket } from 'node:net'
import { pipe } from '../../lib/os/os.ts'
import { type Command, CommandReader } from '../../lib/spawn/command.ts'

/** What a test answers: letter and text; undefined: nothing yet. */
export type Answer = (command: Command) => string | undefined

const ok: Answer = () => 'Kdid 1+0+0\n'

export const reader = (fd: number): Socket => new Socket({ fd, readable: true, writable: false })
export const writer = (fd: number): Socket => new Socket({ fd, readable: false, writable: true })

export class FarSpawner {
  readonly commands: Command[] = []
  /** send's ends. */
  readonly commandsFd: number
  readonly reportsFd: number
  answer: Answer
  readonly #reports: Socket
  readonly #input: Socket

  constructor(answer: Answer = ok, capacity: number | 'dead' = 120) {
    this.answer = answer
    const [commands, reports] = [pipe(), pipe()]
    this.commandsFd = commands.write
    this.reportsFd = reports.read
    this.#reports = writer(reports.write)
    this.#input = reader(commands.read)
    const cut = new CommandReader()
    this.#input.on('data', (chunk: Buffer) => cut.receive(chunk).forEach((command) => this.#take(command)))
    this.#reports.on('error', () => {})
    if (capacity !== 'dead') this.#reports.write(Buffer.of(capacity))
    else this.die()
  }

  /** A report for a command that was not answered yet, or bytes that answer none. */
  report(delnum: number, text: string): void {
    this.#reports.write(Buffer.concat([Buffer.of(delnum), Buffer.from(`${text}\0`, 'latin1')]))
  }

  /** Until so many commands have come. */
  async received(count: number): Promise<readonly Command[]> {
    while (this.commands.length < count) await once(this.#input, 'data')
    return this.commands
  }

  /** Read no more commands. */
  stall(): void {
    this.#input.pause()
  }

  resume(): void {
    this.#input.resume()
  }

  /** As when the program dies. */
  die(): void {
    this.#reports.destroy()
    this.#input.destroy()
  }

  /** Another process has send's ends now. */
  closeNearEnds(): void {
    closeSync(this.commandsFd)
    closeSync(this.reportsFd)
  }

  #take(command: Command): void {
    this.commands.push(command)
    const answer = this.answer(command)
    if (answer !== undefined) this.report(command.delnum, answer)
  }
}
