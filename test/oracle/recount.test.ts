import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createRecount, recount } from './recount.ts'
import type { LoggedRecord } from './recount.ts'
import { recordedLines, recordedRecords } from './recording.ts'
import type { Row, Tables } from './rows.ts'

const recorded = recordedRecords({ partitions: 1, keyed: false, order: 'recorded', seed: 1 })

describe('recount of the recording', () => {
  it('gives the figures that its README states', () => {
    expect(figures(recount(recorded))).toEqual({
      yes: 864,
      heads: 1002n,
      rsvps: 1260,
      members: 1069,
      groups: 1031,
      events: 1164,
      topics: 3017,
      cities: 411,
      countries: 52,
      rejected: [1541n],
      yesByCountingLines: 1127,
    })
  })

  it('keeps the bytes of the line that is cut off', () => {
    const bytes = recordedLines().at(-1) ?? new Uint8Array()
    expect(recount(recorded).rejected[0]?.['value']).toBe(Buffer.from(bytes).toString('hex'))
  })

  it('does not depend on the order in which records are read', () => {
    const expected = recount(recorded)
    expect(recount(recorded.toReversed())).toEqual(expected)
  })

  it('can be asked after any record', () => {
    const counted = createRecount()
    for (const record of recorded.slice(0, 700)) counted.add(record)
    expect(counted.tables()).toEqual(recount(recorded.slice(0, 700)))
    for (const record of recorded.slice(700)) counted.add(record)
    expect(counted.tables()).toEqual(recount(recorded))
  })

  it.each([
    { partitions: 4, keyed: true, order: 'recorded' },
    { partitions: 4, keyed: false, order: 'recorded' },
    { partitions: 1, keyed: false, order: 'shuffled' },
    { partitions: 4, keyed: false, order: 'shuffled' },
  ] as const)('gives the same figures for %o', (variant) => {
    const [tables, expected] = [recount(recordedRecords({ ...variant, seed: 7 })), recount(recorded)]
    expect({ ...figures(tables), rejected: tables.rejected.length }).toEqual({ ...figures(expected), rejected: 1 })
  })

  it('counts repeats as arrivals and as nothing else', () => {
    const tables = recount(
      recordedRecords({ partitions: 1, keyed: false, order: 'recorded', seed: 3, repeats: true, late: true }),
    )
    expect(tables.arrival.length).toBeGreaterThan(1541)
    expect(tables.rsvp).toEqual(recount(recorded).rsvp)
  })
})

describe('a variant of the recording', () => {
  it.each([true, false])('numbers the offsets of each partition without a gap, keyed: %s', (keyed) => {
    const records = recordedRecords({ partitions: 4, keyed, order: 'shuffled', seed: 5, repeats: true, late: true })
    for (const partition of [0, 1, 2, 3]) {
      const offsets = records.filter((record) => record.partition === partition).map(({ offset }) => offset)
      expect(offsets.length).toBeGreaterThan(300)
      expect(offsets).toEqual(offsets.map((_, n) => BigInt(n)))
    }
  })

  it('is the same for the same seed, and another for another', () => {
    const variant = { partitions: 4, keyed: false, order: 'shuffled', repeats: true, late: true } as const
    const digest = (seed: number) => digestOf(recordedRecords({ ...variant, seed }))
    expect(digest(5)).toBe(digest(5))
    expect(digest(6)).not.toBe(digest(5))
  })
})

function digestOf(records: readonly LoggedRecord[]): string {
  const hash = createHash('sha256')
  for (const { partition, offset, value } of records) hash.update(`${partition} ${offset} `).update(value ?? '')
  return hash.digest('hex')
}

function figures(tables: Tables) {
  const isYes = (row: Row) => row['response'] === 'yes'
  return {
    yes: tables.rsvp.filter(isYes).length,
    heads: tables.rsvp
      .filter(isYes)
      .reduce((sum, { guests }) => sum + 1n + (typeof guests === 'bigint' ? guests : 0n), 0n),
    rsvps: tables.rsvp.length,
    members: tables.member.length,
    groups: tables.groups.length,
    events: tables.event.length,
    topics: tables.topic.length,
    cities: new Set(tables.groups.map(({ city, country }) => `${city} ${country}`)).size,
    countries: new Set(tables.groups.map(({ country }) => country)).size,
    rejected: tables.rejected.map(({ log_offset }) => log_offset),
    yesByCountingLines: tables.arrival.filter(isYes).length,
  }
}
