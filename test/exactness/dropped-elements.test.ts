import * as fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { orders, tombstones } from '../oracle/arbitrary/orders.ts'
import { arbitraryLogs } from '../oracle/arbitrary/events.ts'
import type { RecordedVariant } from '../oracle/recording.ts'
import { throwBriefly } from '../oracle/throw-briefly.ts'
import { everyCutOf, expectExactAt, expectNone, someCuts } from './live-cuts.ts'
import { expectExact, linesOf, liveThrough } from './live-system.ts'
import { derivedRules } from './merge-rules.ts'
import type { MergeRules } from './merge-rules.ts'
import { differences } from './merge-run.ts'
import { faultsOf } from './planted-faults.ts'
import { RunningSystem } from '../support/running-system.ts'
import { shopSubject as subject } from './subjects/shop.ts'

const isThorough = process.env['CI'] === 'true'
const logs = arbitraryLogs(24, orders, tombstones)
const recorded: RecordedVariant = { partitions: 1, keyed: false, order: 'recorded', seed: 6 }
const shuffled: RecordedVariant = { partitions: 4, keyed: false, order: 'shuffled', seed: 7, repeats: true, late: true }

let system: RunningSystem | undefined
afterEach(async () => {
  await system?.close()
  system = undefined
})

describe('what a set drops is counted exactly, with the rows of the set and of its owner', () => {
  it.each([recorded, shuffled].flatMap((variant) => someCuts(subject, variant, isThorough ? 200 : 16)))(
    'by the merge rules at $cuts.length cuts: partitions $variant.partitions, $variant.order',
    (cuts) => expectExactAt(subject, cuts),
    240_000,
  )

  it('by the merge rules at every cut of generated logs', async () => {
    const run = await fc.check(
      fc.asyncProperty(fc.array(logs, { minLength: 8, maxLength: 16 }), fc.nat(), async (generated, seed) => {
        expectNone(await differences(everyCutOf(subject, generated, seed)))
      }),
      { numRuns: isThorough ? 40 : 2, endOnFailure: true },
    )
    throwBriefly(run)
  }, 240_000)

  it.each([recorded, shuffled])(
    'through archive, Parquet, hand-overs and a rebuild: partitions $partitions, $order',
    async (variant) => {
      let receivedMs = subject.recording.firstReceivedMs
      system = await RunningSystem.open(subject.dataset, variant.partitions, () => (receivedMs += 1))
      await liveThrough(system, { subject, variant }, isThorough ? 50 : 200)
      await system.archive()
      await system.run({ isRebuild: true, fileRowsMax: 100 })
      await system.handOver()
      await expectExact(system, subject)
      expect((await system.verify()).differences).toEqual([])
    },
    240_000,
  )
})

it('the query dropped-elements sums the counts, under every view', async () => {
  system = await RunningSystem.open(subject.dataset, 1)
  await system.append(linesOf(subject, recorded).slice(0, 200))
  await system.archive()
  await system.run()
  await system.startReplica()
  await system.append([
    Buffer.from('{"order_id":99,"at":1,"lines":[{"sku":"cup","quantity":1},{"sku":"cup","quantity":2}]}'),
  ])
  await system.catchUp()
  const reader = system.createReader()
  const { sql } = subject.dataset.queries['dropped-elements'] ?? { sql: '' }
  const asked = { sql, params: {}, dataset: 'shop', after: new Map(), rowsMax: 9, bytesMax: 1e6, timeoutMs: 60_000 }
  const { rows } = await reader.read({ ...asked, view: 'merged' })
  const counted = await system.read((session) =>
    session.rows(
      'SELECT sum(line_dropped)::BIGINT AS dropped, count(*) FILTER (line_dropped > 0) AS owners FROM shop."order"',
    ),
  )
  expect(rows.map((row) => row.slice(0, 3))).toEqual([
    ['label', expect.any(Number), 'order'],
    ['line', Number(counted[0]?.['dropped']), 'order'],
    ['price', expect.any(Number), 'order'],
  ])
  expect(rows[1]?.[3]).toBe(Number(counted[0]?.['owners']))
  expect((await reader.read({ ...asked, view: 'speed' })).rows[1]).toEqual(['line', 1, 'order', 1])
  reader.close()
})

describe('a fault in the SQL derived for a set that drops is seen', () => {
  const run = everyCutOf(subject, fc.sample(logs, { numRuns: 60, seed: 1 }), 1)
  const derived = derivedRules(subject.dataset)

  it('and there is none without it', async () => {
    expectNone(await differences(run))
  })

  it.each(faultsOf(subject))('$name', async ({ rules }) => {
    expect(await differences({ ...run, rules })).not.toEqual([])
  })

  it.each<[string, (sql: string) => string]>([
    ['equal elements are not counted', (sql) => sql.replaceAll('list_distinct(', '(')],
    [
      'elements that lack a distinct column are not counted',
      (sql) => sql.replaceAll('len(event."lines") -', 'len(list_filter(event."lines", lambda x: x.sku IS NOT NULL)) -'),
    ],
    ['an order without lines has no count', (sql) => sql.replace(/coalesce\((len\(.*?\)\)), 0\)/g, '($1)')],
  ])('%s', async (_name, damage) => {
    const fold: MergeRules['fold'] = (staged, target) => derived.fold(staged, target).map(damage)
    const target = { speed: 'speed', batch: 'gen' }
    expect(fold('staged', target)).not.toEqual(derived.fold('staged', target))
    expect(await differences({ ...run, rules: { ...derived, fold } })).not.toEqual([])
  })
})
