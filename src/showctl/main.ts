/**
 * showctl: show the settings of this mail system. Run by people; needs no privileges but to read control files. Manual: showctl.8.md
 */
import { readdirSync } from 'node:fs'
import { byteString } from '../../lib/bytes/bytes.ts'
import { controlFiles } from '../../lib/control/by-file.ts'
import { errorText } from '../../lib/failure/errno.ts'
import { outputTo } from '../../lib/program/output.ts'
import { run } from '../../lib/program/run.ts'
import { readIds } from '../../lib/users/by-file.ts'
import { describeControls } from './controls.ts'
import { describeSystem } from './system.ts'

run('showctl', (system) => {
  const { print, flush } = outputTo(1)
  const ids = readIds(system.home, system)
  print(describeSystem(system.home, ids.ok ? ids.value : ids.failure.text))
  let names: readonly string[]
  try {
    names = readdirSync(`${system.home}/control`, { encoding: 'buffer' }).map(byteString)
  } catch (error) {
    flush()
    return system.complain(`fatal: unable to read control: ${errorText(error)}`, 111)
  }
  const { text, isWhole } = describeControls(names, controlFiles(system.home))
  print(text)
  flush()
  return isWhole && ids.ok ? 0 : 111
})
