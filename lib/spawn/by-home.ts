/**
 * Where a program of the suite is: HOME/bin/qmail-NAME, and where that is missing HOME/bin/NAME. So ours may stand among
 * qmail's programs under qmail's names, and an operator mixes the two by replacing a file. PATH is not searched: a
 * program that root or a spawner starts must not depend on the environment. Called by start, lspawn and rspawn.
 */
import { existsSync } from 'node:fs'
import { type ByteString, fromText } from '../bytes/bytes.ts'

/** The path of the program, which is not there when neither name is: starting it says so. */
export function programAt(home: string, name: string): ByteString {
  const original = `${home}/bin/qmail-${name}`
  return fromText(existsSync(original) ? original : `${home}/bin/${name}`)
}
