/**
 * jsmail: the administrator's one command. Each subcommand is a file beside this one. Run by people, as root or as the user who runs
 * everything. Manual: jsmail.8.md
 */
import { bytesOf } from '../../lib/bytes/bytes.ts'
import { writeDescriptor } from '../../lib/program/descriptor.ts'
import { run } from '../../lib/program/run.ts'
import { fileSystem } from '../../lib/queue/by-file.ts'
import { classicKeeper } from '../../lib/queue/classic-keeper.ts'
import { runCommand } from './jsmail.ts'

run(
  'jsmail',
  (system) =>
    runCommand(system.argv, {
      openQueue: () => classicKeeper(fileSystem(`${system.home}/queue`)),
      now: () => system.clock.now(),
      print: (text) => writeDescriptor(1, bytesOf(text)),
      complain: (text) => writeDescriptor(2, bytesOf(text)),
    }),
  'jsmail',
)
