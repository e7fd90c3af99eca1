/**
 * What send finds in the home before it can start: its controls, the queue as its working directory, and the mutex that keeps a second
 * send away. Used by main alone. The reasons for not starting are qmail-send's words.
 */
import { openSync } from 'node:fs'
import { tryLock } from '../../lib/os/os.ts'
import type { System } from '../../lib/program/run.ts'
import { type ControlFiles, type Controls, controlsOf, readSettings, type Settings } from './settings.ts'

export interface Entered {
  readonly settings: Settings
  readonly controls: Controls
}

/** Stay in the queue directory from here on; or why send cannot start. */
export function enterHome(system: Pick<System, 'home' | 'chdir'>, files: ControlFiles): Entered | string {
  let doing = 'unable to switch to home directory'
  try {
    system.chdir(system.home)
    const controls = controlsOf(system.home, files)
    const settings = readSettings(controls)
    if (!settings.ok) return 'unable to read controls'
    doing = 'unable to switch to queue directory'
    system.chdir('queue')
    doing = 'unable to open mutex'
    // Never closed: the lock lives as long as this process.
    const mutex = openSync('lock/sendmutex', 'r+')
    return tryLock(mutex) ? { settings: settings.value, controls } : 'qmail-send is already running'
  } catch {
    return doing
  }
}
