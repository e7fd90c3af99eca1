/**
 * getpw: who among the system's accounts gets the mail of a local part. Started by lspawn, as a user without privileges, for local
 * parts that users/cdb does not know. Manual: getpw.8.md
 */
import { bytesOf } from '../../lib/bytes/bytes.ts'
import { writeDescriptor } from '../../lib/program/descriptor.ts'
import { run } from '../../lib/program/run.ts'
import { systemAccounts } from '../../lib/users/by-system.ts'
import { getpw } from './getpw.ts'

run('getpw', (system) => getpw(system.argv, systemAccounts, (text) => writeDescriptor(1, bytesOf(text))))
