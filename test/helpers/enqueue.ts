/** Put a message into the queue as qmail's injectors do: bin/queue with the message on descriptor 0 and the envelope on 1. */
import { bytesOf, fromText } from '../../lib/bytes/bytes.ts'
import { type Exit, pipeToChild, startProgram } from '../../lib/exec/start.ts'

export interface EnqueueOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly id?: { readonly uid: number; readonly gid: number }
}

/** The exit code; throws when the program dies by a signal. */
export async function enqueue(
  program: string,
  message: string | Uint8Array,
  sender: string,
  recipients: readonly string[],
  { env = {}, id }: EnqueueOptions = {},
): Promise<number> {
  const envelope = `F${sender}\0${recipients.map((recipient) => `T${recipient}\0`).join('')}\0`
  const [bytes, envelopeBytes] = [pipeToChild(), pipeToChild()]
  const started = await startProgram({
    program: fromText(program),
    args: [],
    env: { PATH: '/usr/bin:/bin', ...env },
    descriptors: [bytes.end, envelopeBytes.end, 2],
    ...(id === undefined ? {} : { id }),
  })
  if (!started.ok) throw new Error(started.failure.text)
  for (const { stream } of [bytes, envelopeBytes]) stream.on('error', () => {})
  bytes.stream.end(typeof message === 'string' ? bytesOf(message) : message)
  envelopeBytes.stream.end(bytesOf(envelope))
  const exit: Exit = await started.value.exited
  if (exit.is === 'signal') throw new Error(`${program} died by ${exit.signal}`)
  return exit.code
}
