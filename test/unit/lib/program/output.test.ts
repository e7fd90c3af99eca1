/** Long outputs: few writes, in order, and a reader that stops. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { pipe } from '../../../../lib/os/os.ts'
import { outputTo } from '../../../../lib/program/output.ts'

test('what is printed comes out whole and in order, with the last of it at the flush', (t) => {
  const directory = mkdtempSync(`${tmpdir()}/output-`)
  t.after(() => rmSync(directory, { recursive: true }))
  const fd = openSync(`${directory}/out`, 'w')
  const output = outputTo(fd, () => assert.fail('somebody reads'))
  const lines = Array.from({ length: 20_000 }, (_, at) => `line ${at} \xe9\n`)
  for (const line of lines) output.print(line)
  output.flush()
  output.flush()
  closeSync(fd)
  assert.equal(readFileSync(`${directory}/out`, 'latin1'), lines.join(''))
})

test('nothing is written before 65,536 bytes are there', (t) => {
  const directory = mkdtempSync(`${tmpdir()}/output-`)
  t.after(() => rmSync(directory, { recursive: true }))
  const fd = openSync(`${directory}/out`, 'w')
  t.after(() => closeSync(fd))
  const output = outputTo(fd)
  output.print('x'.repeat(65_535))
  assert.equal(readFileSync(`${directory}/out`).length, 0)
  output.print('x')
  assert.equal(readFileSync(`${directory}/out`).length, 65_536)
})

test('when nobody reads, the program ends as by SIGPIPE', () => {
  const { read, write } = pipe()
  closeSync(read)
  let code: number | undefined
  const output = outputTo(write, (ended) => (code = ended))
  output.print('lost')
  output.flush()
  closeSync(write)
  assert.equal(code, 141)
})

test('other trouble is thrown', () => {
  const output = outputTo(openSync('/dev/full', 'w'))
  output.print('lost')
  assert.throws(() => output.flush(), { code: 'ENOSPC' })
})

test('a program whose reader stops says nothing', () => {
  const source = new URL('../../../../lib/program/output.ts', import.meta.url).href
  const script = `import('${source}').then(({ outputTo }) => { const { print } = outputTo(1); for (;;) print('line\\n') })`
  const { stdout, stderr } = spawnSync(
    'sh',
    ['-c', `"$0" --disable-warning=ExperimentalWarning -e "$1" | head -n 1`, process.execPath, script],
    { encoding: 'utf8', timeout: 10_000 },
  )
  assert.deepEqual([stdout, stderr], ['line\n', ''])
})
