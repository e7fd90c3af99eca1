import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer as PacketRecord, decode, encode, type Packet } from 'dns-packet'
import * as fc from 'fast-check'
import type { Question, Response } from '../../../../lib/dns/answer.ts'
import { encodeQuestion, type Reading, readAnswer, RECORDS_PER_ANSWER } from '../../../../lib/dns/message.ts'

const question: Question = { type: 'MX', name: 'example.org' }
const addressQuestion: Question = { type: 'A', name: 'www.example.org' }

const NXDOMAIN = 3
const SERVFAIL = 2
const TRUNCATED = 1 << 9

function packet(asked: Question, parts: Partial<Packet>): Buffer {
  return encode({
    type: 'response',
    id: 7,
    questions: [{ type: asked.type, name: asked.name, class: 'IN' }],
    ...parts,
  })
}

function mx(name: string, preference: number, exchange: string, ttl = 300): PacketRecord {
  return { type: 'MX', name, ttl, class: 'IN', data: { preference, exchange } }
}

function a(name: string, data: string, ttl = 300): PacketRecord {
  return { type: 'A', name, ttl, class: 'IN', data }
}

function alias(name: string, data: string, ttl = 300): PacketRecord {
  return { type: 'CNAME', name, ttl, class: 'IN', data }
}

function soa(ttl: number, minimum: number): PacketRecord {
  return { type: 'SOA', name: 'org', ttl, data: { mname: 'ns.org', rname: 'x.org', minimum } }
}

function response(reading: Reading): Response {
  assert.equal(reading.is, 'response')
  return (reading as Extract<Reading, { is: 'response' }>).response
}

test('a question asks for recursion, once, with room for 1232 bytes or without EDNS', () => {
  const asked = decode(encodeQuestion(question, 4711, true))
  assert.deepEqual([asked.id, asked.flag_rd, asked.flag_qr], [4711, true, false])
  assert.deepEqual(asked.questions, [{ name: 'example.org', type: 'MX', class: 'IN' }])
  const opt = asked.additionals?.[0]
  assert.equal(opt?.type === 'OPT' ? opt.udpPayloadSize : 0, 1232)
  assert.deepEqual(decode(encodeQuestion(question, 4711, false)).additionals, [])
})

test('mail exchangers come by preference, with names in lower case and without final dots', () => {
  const answers = [mx('EXAMPLE.org', 20, 'B.example.ORG', 60), mx('example.org', 10, 'a.example.org.', 30)]
  assert.deepEqual(response(readAnswer(packet(question, { answers }), question, 7)), {
    is: 'found',
    records: [
      { preference: 10, exchange: 'a.example.org' },
      { preference: 20, exchange: 'b.example.org' },
    ],
    ttlSeconds: 30,
  })
})

test('the root as mail exchanger is the empty name', () => {
  const reading = readAnswer(packet(question, { answers: [mx('example.org', 0, '.')] }), question, 7)
  assert.deepEqual(response(reading), {
    is: 'found',
    records: [{ preference: 0, exchange: '' }],
    ttlSeconds: 300,
  })
})

test('aliases are followed in any order, and their TTLs count', () => {
  const answers = [
    a('c.example.org', '192.0.2.1'),
    alias('b.example.org', 'C.example.org', 5),
    alias('www.example.org', 'b.example.org'),
    a('other.example.org', '192.0.2.66'),
  ]
  assert.deepEqual(response(readAnswer(packet(addressQuestion, { answers }), addressQuestion, 7)), {
    is: 'found',
    records: ['192.0.2.1'],
    ttlSeconds: 5,
  })
})

test('ten aliases in a row are followed, more or a loop are trouble', () => {
  const chain = (length: number) => [
    ...Array.from({ length }, (_, i) => alias(i === 0 ? addressQuestion.name : `a${i}`, `a${i + 1}`)),
    a(`a${length}`, '192.0.2.1'),
  ]
  const outcome = (answers: PacketRecord[]) =>
    response(readAnswer(packet(addressQuestion, { answers }), addressQuestion, 7)).is
  assert.equal(outcome(chain(10)), 'found')
  assert.equal(outcome(chain(11)), 'later')
  assert.equal(outcome([alias('www.example.org', 'x'), alias('x', 'www.example.org')]), 'later')
})

test('an alias without what was asked for is a name without data', () => {
  const answers = [alias('www.example.org', 'b.example.org')]
  assert.deepEqual(response(readAnswer(packet(addressQuestion, { answers }), addressQuestion, 7)), {
    is: 'nodata',
    ttlSeconds: 0,
  })
})

test('a name that does not exist is kept apart from one without records, each for as long as its SOA says', () => {
  const outcome = (parts: Partial<Packet>) => response(readAnswer(packet(question, parts), question, 7))
  assert.deepEqual(outcome({ flags: NXDOMAIN, authorities: [soa(900, 60)] }), {
    is: 'nosuch',
    ttlSeconds: 60,
  })
  assert.deepEqual(outcome({ authorities: [soa(20, 60)] }), { is: 'nodata', ttlSeconds: 20 })
  assert.deepEqual(outcome({ flags: NXDOMAIN }), { is: 'nosuch', ttlSeconds: 0 })
})

test(`of more than ${RECORDS_PER_ANSWER} mail exchangers the most preferred are used`, () => {
  const answers = Array.from({ length: RECORDS_PER_ANSWER + 1 }, (_, i) =>
    mx('example.org', 1000 - i, `mx${i}.example.org`),
  )
  const all = response(readAnswer(packet(question, { answers: answers.slice(1) }), question, 7))
  assert.equal(all.is === 'found' && all.records.length, RECORDS_PER_ANSWER)
  const some = response(readAnswer(packet(question, { answers }), question, 7))
  assert.ok(some.is === 'found')
  assert.equal(some.records.length, RECORDS_PER_ANSWER)
  assert.deepEqual(some.records[0], { preference: 900, exchange: 'mx100.example.org' })
})

test('an answer with another id, another question, or none of its own, is not ours', () => {
  const bytes = packet(question, { answers: [mx('example.org', 10, 'a')] })
  assert.equal(readAnswer(bytes, question, 7).is, 'response')
  assert.equal(readAnswer(bytes, question, 8).is, 'foreign')
  assert.equal(readAnswer(bytes, { ...question, type: 'A' }, 7).is, 'foreign')
  assert.equal(readAnswer(bytes, { ...question, name: 'example.com' }, 7).is, 'foreign')
  assert.equal(readAnswer(encodeQuestion(question, 7, false), question, 7).is, 'foreign')
  assert.equal(readAnswer(encode({ type: 'response', id: 7 }), question, 7).is, 'foreign')
})

test('a failing server is told from a truncated answer and from one that wants no EDNS', () => {
  assert.deepEqual(readAnswer(packet(question, { flags: SERVFAIL }), question, 7), {
    is: 'failure',
    rcode: 'SERVFAIL',
    edns: 'fine',
  })
  assert.deepEqual(readAnswer(encode({ type: 'response', id: 7, flags: 1 }), question, 7), {
    is: 'failure',
    rcode: 'FORMERR',
    edns: 'unknown',
  })
  assert.equal(readAnswer(packet(question, { flags: TRUNCATED }), question, 7).is, 'truncated')
})

test('damaged answers never throw', () => {
  const good = packet(question, {
    answers: [mx('example.org', 10, 'a.example.org'), alias('b', 'c')],
    authorities: [soa(1, 1)],
  })
  const damage = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(damage, fc.nat(good.length), (changes, length) => {
      const bytes = Buffer.from(good)
      for (const [at, value] of changes) bytes[at] = value
      readAnswer(bytes, question, 7)
      readAnswer(bytes.subarray(0, length), question, 7)
    }),
    { numRuns: 2000 },
  )
})
