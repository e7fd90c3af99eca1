/**
 * preline: run a program on the message with From_, Return-Path and Delivered-To in front.
 *
 *   |preline procmail      in a .qmail file
 *
 * Manual: preline.8.md
 */
import type { Writable } from 'node:stream'
import { bytesOf } from '../../lib/bytes/bytes.ts'
import { pipeToChild, startProgram } from '../../lib/exec/start.ts'
import { errorText, isTemporary } from '../../lib/failure/errno.ts'
import { readDescriptor } from '../../lib/program/descriptor.ts'
import { run, type System } from '../../lib/program/run.ts'
import { headOf, parseArguments } from './preline.ts'

run('preline', main, 'preline')

async function main({ argv, env, complain }: System): Promise<number> {
  const preline = parseArguments(argv)
  if (!('command' in preline)) {
    if (preline.option !== undefined) complain(`illegal option -- ${preline.option}`, 100)
    return complain('usage: preline cmd [ arg ... ]', 100)
  }
  const head = headOf(preline, env)
  if (head === undefined) return complain('usage: preline cmd [ arg ... ]', 100)
  const [program, ...args] = preline.command
  const { end, stream } = pipeToChild()
  const child = await startProgram({ program, args, env, descriptors: [end, 1, 2] })
  if (!child.ok) {
    const { cause } = child.failure
    return complain(`fatal: unable to run ${program}: ${errorText(cause)}`, isTemporary(cause) ? 111 : 100)
  }
  try {
    await feed(stream, bytesOf(head), readDescriptor(0))
  } catch (error) {
    return complain(`fatal: unable to copy input: ${errorText(error)}`, 111)
  }
  const exit = await child.value.exited
  return exit.is === 'code' ? exit.code : complain('fatal: child crashed', 111)
}

/** A program that does not read to the end is none of our business: its exit code counts. */
async function feed(stream: Writable, head: Uint8Array, message: AsyncIterable<Uint8Array>): Promise<void> {
  stream.on('error', () => {})
  stream.write(head)
  for await (const chunk of message) {
    if (stream.destroyed) return
    if (!stream.write(chunk)) await drained(stream)
  }
  stream.end()
}

function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    stream.once('drain', resolve)
    stream.once('close', resolve)
  })
}
