import { expect, it } from 'vitest'
import { backoffMs } from '../../../connectors/waiting/backoff.ts'
import { Since } from '../../../connectors/sources/since.ts'
import { refusalOfError } from '../../../connectors/sources/source-faults.ts'

const nowMs = 1_000_000
const timeOf = (line: Uint8Array) => {
  const time = Number.parseFloat(Buffer.from(line).toString())
  return Number.isNaN(time) ? undefined : time
}
const lineOf = (text: string, number: number) => ({ number, endByte: 0, bytes: Buffer.from(text) })
const heard = (...texts: readonly string[]) => {
  const since = new Since(timeOf, () => nowMs)
  since.hear(texts.map(lineOf))
  return since
}

it('asks for ten seconds more than was missed, because events arrive out of order', () => {
  expect(new Since(timeOf).from).toBeUndefined()
  expect(heard('500000', '400000', 'no time').from).toBe(490_000)
  expect(heard('500000.5').from).toBe(490_000)
  expect(heard('3000').from).toBe(0)
})

it('does not pass over the present because of an event from the future, or a time that is none', () => {
  expect(heard('500000', '9000000000').from).toBe(nowMs - 10_000)
  expect(heard('-5').from).toBeUndefined()
})

it('has a position of its own after every line, also where the newest time stays', () => {
  const since = new Since(timeOf, () => nowMs)
  const positions = since.hear([lineOf('500000', 1), lineOf('400000', 2), lineOf('600000', 4)])
  const at = [0, 1, 2, 3, 4, 5].map((number) => positions({ number, endByte: 0 }))
  expect(at).toEqual([
    null,
    '{"number":1,"since":500000}',
    '{"number":2,"since":500000}',
    '{"number":3,"since":500000}',
    '{"number":4,"since":600000}',
    '{"number":5,"since":600000}',
  ])
  const later = new Since(timeOf, () => nowMs)
  expect(later.resume(at[2] ?? '')).toBe(2)
  expect(later.from).toBe(490_000)
  expect(later.resume('{"number":1,"endByte":5,"version":"v1"}')).toBeUndefined()
})

it('waits twice as long after each failure, to half a minute, and at least half of that', () => {
  const longest = [1, 2, 3, 8, 9, 100].map((attempt) => backoffMs(attempt, () => 1))
  expect(longest).toEqual([200, 400, 800, 25_600, 30_000, 30_000])
  expect([1, 2, 100].map((attempt) => backoffMs(attempt, () => 0))).toEqual([100, 200, 15_000])
})

it.each([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', /not trusted .*NODE_EXTRA_CA_CERTS/],
  ['CERT_HAS_EXPIRED', /not valid/],
  ['ERR_TLS_CERT_ALTNAME_INVALID', /not valid/],
  ['HPE_INVALID_CONSTANT', /does not speak HTTP/],
])('says what a TLS connection failed with, instead of trying again: %s', (code, message) => {
  const cause = Object.assign(new Error('the certificate'), { code })
  expect(refusalOfError(new TypeError('fetch failed', { cause }))).toMatch(message)
  expect(refusalOfError(cause)).toMatch(message)
})

it('tries again where a host cannot be reached', () => {
  for (const code of ['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EHOSTUNREACH', 'ETIMEDOUT'])
    expect(refusalOfError(Object.assign(new Error('no'), { code }))).toBeUndefined()
})
