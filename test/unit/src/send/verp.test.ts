import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { senderFor, withoutMark } from '../../../../src/send/verp.ts'

test('D22: the recipient is put into the sender', () => {
  equal(senderFor('joe-l-@local.example-@[]', 'ok@remote.example'), 'joe-l-ok=remote.example@local.example')
})

test('the last @ of each divides it', () => {
  equal(senderFor('a@b-@c-@[]', 'x@y@z'), 'a@b-x@y=z@c')
})

test('the rewritten recipient is used, prefix and all', () => {
  equal(senderFor('l-@h-@[]', 'alias-virt-x@virt.example'), 'l-alias-virt-x=virt.example@h')
})

test('any other sender is passed on as it is', () => {
  for (const sender of ['', 'joe@local.example', '#@[]', 'joe-@[]', '-@[]', 'a@b-@[].']) {
    equal(senderFor(sender, 'ok@remote.example'), sender)
  }
  equal(senderFor('l-@h-@[]', 'no-domain'), 'l-@h-@[]')
})

test('the bounce of the whole message goes to the sender without its mark', () => {
  equal(withoutMark('owner-@host-@[]'), 'owner-@host')
  equal(withoutMark('#@[]'), '#@[]')
  equal(withoutMark('joe@host'), 'joe@host')
})
