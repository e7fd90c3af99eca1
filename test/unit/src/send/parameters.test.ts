import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { decodeXtext, silentOffsets, wishesOf } from '../../../../src/send/parameters.ts'

async function* extras(...records: readonly string[]): AsyncGenerator<string> {
  yield* records
}

test('RET and ENVID of the message', async () => {
  deepEqual(await wishesOf(extras('x1 M BODY=8BITMIME RET=hdrs ENVID=QQ+2B314')), {
    isAsked: true,
    returned: 'HDRS',
    envelopeId: 'QQ+314',
  })
  deepEqual(await wishesOf(extras('x1 M RET=SOME ENVID=+0A')), { isAsked: true })
})

test('a recipient’s NOTIFY or ORCPT asks too; other parameters do not', async () => {
  deepEqual(await wishesOf(extras('x1 M SIZE=1', 'x1 L 0 NOTIFY=FAILURE')), { isAsked: true })
  deepEqual(await wishesOf(extras('x1 R 5 ORCPT=rfc822;a@b')), { isAsked: true })
  deepEqual(await wishesOf(extras('x1 M SMTPUTF8', 'x1 R 5 X=RET=1', 'x2 RET', '')), { isAsked: false })
})

test('NOTIFY=NEVER counts for its recipient on its channel', async () => {
  const records = [
    'x1 M NOTIFY=NEVER',
    'x1 L 12 NOTIFY=never',
    'x1 R 12 NOTIFY=NEVER',
    'x1 L 30 NOTIFY=FAILURE',
  ]
  deepEqual([...(await silentOffsets('local', extras(...records)))], [12])
  deepEqual(
    [...(await silentOffsets('remote', extras(...records, 'x1 R 40 ORCPT=a NOTIFY=NEVER')))],
    [12, 40],
  )
})

test('xtext is decoded, and what is none, or hides a control byte, is not', () => {
  equal(decodeXtext('a+3Db'), 'a=b')
  for (const text of ['a=b', 'a+3d', 'a+', 'a b', '+0A', '+FF']) equal(decodeXtext(text), undefined, text)
})
