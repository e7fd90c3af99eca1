import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { type Command, CommandReader, encodeCommand, FIELD_BYTES } from '../../../../lib/spawn/command.ts'

const command = (fields: Partial<Command>): Command => ({
  delnum: 7,
  messid: '4/27',
  sender: 's@d',
  recipient: 'a@h',
  isOversized: false,
  ...fields,
})

test('a command is the delivery number and three fields ended by NUL', () => {
  assert.deepEqual(encodeCommand(7, '4/27', 's', 'a@h'), Buffer.from('\x074/27\0s\0a@h\0', 'latin1'))
  assert.deepEqual(encodeCommand(255, '4/27', '', 'é@h').subarray(0, 1), Buffer.from([255]))
})

test('a field with NUL in it is refused as a mistake of the caller', () => {
  assert.throws(() => encodeCommand(0, '4/27', 'a\0b', 'c@d'))
})

test('delivery number 0 does not end anything', () => {
  const reader = new CommandReader()
  assert.deepEqual(reader.receive(encodeCommand(0, '', '?multi', 'x@x')), [
    command({ delnum: 0, messid: '', sender: '?multi', recipient: 'x@x' }),
  ])
})

test('what was encoded is read back, however the stream is cut', () => {
  const field = fc
    .array(fc.integer({ min: 1, max: 255 }), { maxLength: 40 })
    .map((bytes) => String.fromCharCode(...bytes))
  const one = fc.tuple(fc.integer({ min: 0, max: 255 }), field, field, field)
  fc.assert(
    fc.property(fc.array(one, { maxLength: 8 }), fc.integer({ min: 1, max: 50 }), (commands, size) => {
      const stream = Buffer.concat(commands.map((fields) => encodeCommand(...fields)))
      const reader = new CommandReader()
      const read: Command[] = []
      for (let at = 0; at < stream.length; at += size)
        read.push(...reader.receive(stream.subarray(at, at + size)))
      assert.deepEqual(
        read,
        commands.map(([delnum, messid, sender, recipient]) => command({ delnum, messid, sender, recipient })),
      )
    }),
  )
})

test('a field of the greatest length passes, one byte more is marked and the next command is intact', () => {
  const reader = new CommandReader()
  const most = 'x'.repeat(FIELD_BYTES)
  const [whole] = reader.receive(encodeCommand(1, '4/27', most, 'a@h'))
  assert.equal(whole?.isOversized, false)
  assert.equal(whole?.sender.length, FIELD_BYTES)
  const stream = Buffer.concat([
    encodeCommand(2, '4/27', `${most}y`, 'a@h'),
    encodeCommand(3, '4/27', 's@d', 'a@h'),
  ])
  const [cut, next] = [...reader.receive(stream.subarray(0, 1000)), ...reader.receive(stream.subarray(1000))]
  assert.equal(cut?.isOversized, true)
  assert.equal(cut?.delnum, 2)
  assert.equal(cut?.sender.length, FIELD_BYTES)
  assert.deepEqual(next, command({ delnum: 3 }))
})
