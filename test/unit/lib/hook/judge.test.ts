/** Several hooks as one verdict. The hooks here are values of the port, as another runner would make them. */
import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import type { Facts, Hook, Verdict } from '../../../../lib/hook/hook.ts'
import { judge } from '../../../../lib/hook/judge.ts'

const facts: Facts = {
  helo: 'h',
  sender: 's',
  recipient: 'r@local.example',
  recipientCount: 0,
  extras: [],
  env: {},
}
const goOn: Verdict = { is: 'continue' }
const no: Verdict = { is: 'refuse', retry: 'never', reply: 'no' }

async function ask(verdicts: readonly Verdict[]) {
  const asked: string[] = []
  const noted: string[] = []
  const hooks: Hook[] = verdicts.map((verdict, index) => ({
    name: `hook${index}`,
    async run({ recipient }) {
      asked.push(recipient)
      return verdict
    },
  }))
  let now = 0
  const clock = { now: () => (now += 5) }
  const verdict = await judge(hooks, facts, clock, (one) =>
    noted.push(`${one.hook} ${one.verdict.is} ${one.ms}`),
  )
  return { verdict, asked, noted }
}

test('all are asked until one refuses, accepts or drops', async () => {
  deepEqual(await ask([goOn, goOn]), {
    verdict: goOn,
    asked: ['r@local.example', 'r@local.example'],
    noted: [],
  })
  deepEqual(await ask([goOn, no, goOn]), {
    verdict: no,
    asked: ['r@local.example', 'r@local.example'],
    noted: ['hook1 refuse 5'],
  })
  deepEqual(await ask([{ is: 'accept' }, no]), {
    verdict: goOn,
    asked: ['r@local.example'],
    noted: ['hook0 accept 5'],
  })
  deepEqual((await ask([{ is: 'drop' }, no])).verdict, { is: 'drop' })
})

test('the next one sees a replaced recipient, and it stays replaced when that one accepts', async () => {
  const replaced: Verdict = { is: 'continue', recipient: 'new@local.example' }
  deepEqual(await ask([replaced, goOn]), {
    verdict: replaced,
    asked: ['r@local.example', 'new@local.example'],
    noted: [],
  })
  deepEqual((await ask([replaced, { is: 'accept' }])).verdict, replaced)
  deepEqual((await ask([replaced, no])).verdict, no)
})

test('without hooks nothing is said', async () => {
  deepEqual((await ask([])).verdict, goOn)
})
