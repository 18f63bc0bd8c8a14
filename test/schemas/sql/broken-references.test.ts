import * as fc from 'fast-check'
import { afterEach, expect, it } from 'vitest'
import { z } from 'zod'
import { defineDataset } from '../../../schemas/declare/define-dataset.ts'
import type { JsonValue, View } from '../../../serving/replica/reader.ts'
import { throwBriefly } from '../../oracle/throw-briefly.ts'
import { RunningSystem } from '../../support/running-system.ts'

const isThorough = process.env['CI'] === 'true'

/** A table `value` with a column `value`: the derived SQL has that name for itself. */
const dataset = defineDataset({
  name: 'staff',
  topic: 'staff',
  description: 'Who works for whom.',
  contract: z.object({
    id: z.int(),
    at: z.int().min(0).max(1e12),
    boss: z.int().nullish(),
    badge: z.string().nullish(),
    helps: z.array(z.object({ whom: z.int().nullish() })),
  }),
  time: { path: 'at', aheadMsMax: 0 },
  tables: {
    person: {
      kind: 'latest',
      key: ['id'],
      columns: { id: { path: 'id', type: 'BIGINT' }, boss: { path: 'boss', type: 'BIGINT' } },
      references: { boss: 'person.id' },
    },
    value: {
      kind: 'latest',
      key: ['value'],
      columns: { value: { path: 'badge', type: 'VARCHAR' }, holders_boss: { path: 'boss', type: 'BIGINT' } },
      references: { holders_boss: 'person.id' },
    },
    help: {
      kind: 'set',
      owner: 'person',
      array: 'helps',
      key: ['id'],
      distinct: ['whom'],
      mayDrop: true,
      columns: { id: { path: 'id', type: 'BIGINT' }, whom: { path: '@.whom', type: 'BIGINT' } },
      references: { whom: 'person.id' },
    },
    arrival: {
      kind: 'append',
      key: ['log_partition', 'log_offset'],
      columns: {
        log_partition: { path: '$partition', type: 'INTEGER' },
        log_offset: { path: '$offset', type: 'BIGINT' },
        badge: { path: 'badge', type: 'VARCHAR' },
        boss: { path: 'boss', type: 'BIGINT' },
      },
      references: { badge: 'value.value', boss: 'person.id' },
    },
  },
  queries: {},
  feeds: {},
  counts: {},
  filters: {},
  panels: [],
})
const sql = dataset.queries['broken-references']?.sql ?? ''

type Event = {
  readonly id: number
  readonly at: number
  readonly boss: number | null
  readonly badge: string | null
  readonly helps: readonly { readonly whom: number | null }[]
}

/** Few people, and more of them named than seen, so that every kind of reference is kept and broken. */
const person = fc.integer({ min: 1, max: 12 })
const event: fc.Arbitrary<Event> = fc.record({
  id: fc.integer({ min: 1, max: 6 }),
  at: fc.integer({ min: 0, max: 9 }),
  boss: fc.option(person),
  badge: fc.option(fc.constantFrom('a', 'b', 'c')),
  helps: fc.array(fc.record({ whom: fc.option(person) }), { maxLength: 3 }),
})

let system: RunningSystem | undefined
afterEach(async () => {
  await system?.close()
  system = undefined
})

/** A running system in which a generation covers the events up to the cut, and the speed layer holds the others. */
async function holding(events: readonly Event[], cut: number): Promise<RunningSystem> {
  await system?.close()
  system = await RunningSystem.open(dataset, 1)
  const lines = events.map((each) => Buffer.from(JSON.stringify(each)))
  await system.append(lines.slice(0, cut))
  await system.archive()
  await system.run()
  await system.append(lines.slice(cut))
  await system.startReplica()
  await system.catchUp()
  return system
}

async function answer(running: RunningSystem, asked: string, view: View): Promise<readonly (readonly JsonValue[])[]> {
  const reader = running.createReader()
  const limits = { rowsMax: 99, bytesMax: 1e6, timeoutMs: 60_000 }
  try {
    return (await reader.read({ sql: asked, params: {}, view, dataset: 'staff', after: new Map(), ...limits })).rows
  } finally {
    reader.close()
  }
}

/** The same answer by loops over the events alone. */
function counted(events: readonly Event[]): readonly (readonly JsonValue[])[] {
  const [people, badges] = [new Map<number, Event>(), new Map<string, Event>()]
  // The sort keeps the order of equal times, of which the later event wins.
  for (const each of events.toSorted((a, b) => a.at - b.at)) {
    people.set(each.id, each)
    if (each.badge !== null) badges.set(each.badge, each)
  }
  const helped = [...people.values()].flatMap(({ helps }) => [...new Set(helps.map(({ whom }) => whom))])
  const row = <T>(column: string, to: string, values: readonly (T | null)[], keys: ReadonlyMap<T, Event>) => {
    const present = values.flatMap((value) => (value === null ? [] : [value]))
    return [column, to, present.filter((value) => !keys.has(value)).length, present.length]
  }
  const bosses = (of: Iterable<Event>) => Array.from(of, ({ boss }) => boss)
  const badged = events.map(({ badge }) => badge)
  return [
    row('arrival.badge', 'value.value', badged, badges),
    row('arrival.boss', 'person.id', bosses(events), people),
    row('help.whom', 'person.id', helped, people),
    row('person.boss', 'person.id', bosses(people.values()), people),
    row('value.holders_boss', 'person.id', bosses(badges.values()), people),
  ]
}

it('counts the orphans of every reference as loops over the events do, wherever the layers meet', async () => {
  const run = await fc.check(
    fc.asyncProperty(fc.array(event, { maxLength: 25 }), fc.nat(25), async (events, cut) => {
      const running = await holding(events, cut)
      expect(await answer(running, sql, 'merged')).toEqual(counted(events))
    }),
    { numRuns: isThorough ? 60 : 8, endOnFailure: true },
  )
  throwBriefly(run)
}, 240_000)

const none = { badge: null, helps: [] }
const known: readonly Event[] = [
  { id: 1, at: 1, boss: null, ...none },
  { id: 2, at: 1, boss: 1, ...none },
  { id: 3, at: 1, boss: 9, badge: 'a', helps: [{ whom: 1 }, { whom: 8 }, { whom: null }] },
  // Before this version, 2 was no orphan.
  { id: 2, at: 2, boss: 9, ...none },
]

it('counts under one view what that view holds alone', async () => {
  const running = await holding(known, 3)
  const boss = async (view: View) => (await answer(running, sql, view)).find(([column]) => column === 'person.boss')
  expect(await boss('merged')).toEqual(['person.boss', 'person.id', 2, 2])
  expect(await boss('batch')).toEqual(['person.boss', 'person.id', 1, 2])
  expect(await boss('speed')).toEqual(['person.boss', 'person.id', 1, 1])
})

it('refuses no event for a reference that is broken', async () => {
  const running = await holding(known, 2)
  expect(await answer(running, 'SELECT count(*) FROM rejected', 'merged')).toEqual([[0]])
})

it.each<[string, (text: string) => string]>([
  ['null is an orphan', (text) => text.replaceAll(/ WHERE "\w+" IS NOT NULL/g, '')],
  ['what is there is counted', (text) => text.replaceAll('ANTI JOIN', 'SEMI JOIN')],
  ['every row has a value', (text) => text.replaceAll(/\(SELECT count\("\w+"\)/g, '(SELECT count(*)')],
])('a planted fault is seen: %s', async (_name, damage) => {
  const running = await holding(known, 2)
  expect(await answer(running, sql, 'merged')).toEqual(counted(known))
  expect(await answer(running, damage(sql), 'merged')).not.toEqual(counted(known))
})
