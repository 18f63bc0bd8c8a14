import * as fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { sqlSchemas } from '../../schemas/sql/sql-schemas.ts'
import { arbitraryLogs, receivedMs } from '../oracle/arbitrary/events.ts'
import { orders, tombstones } from '../oracle/arbitrary/orders.ts'
import type { Sent } from '../oracle/recount.ts'
import { RunningSystem } from '../support/running-system.ts'
import { everyCutOf } from './live-cuts.ts'
import { derivedRules } from './merge-rules.ts'
import type { MergeRules } from './merge-rules.ts'
import { differences } from './merge-run.ts'
import { shopSubject as subject } from './subjects/shop.ts'

let system: RunningSystem | undefined
afterEach(async () => {
  await system?.close()
  system = undefined
})

const atSecond = (second: number) => receivedMs + second * 1000

/** An event of order 1. */
function order(second: number, fields: object): Uint8Array {
  return Buffer.from(JSON.stringify({ order_id: 1, at: atSecond(second), ...fields }))
}

/** What deletes order 1. */
const deleting: readonly { readonly by: string; readonly at: (second: number) => Sent }[] = [
  { by: 'an event that says so', at: (second) => order(second, { state: 'gone' }) },
  { by: 'a tombstone', at: () => ({ key: Buffer.from('{"id":1}') }) },
]

const lines = [{ sku: 'cup', quantity: 1 }]

/** How many rows a schema has of the order, of its lines and of its deletes. */
async function counts(running: RunningSystem, schema: string): Promise<readonly unknown[]> {
  const tables = ['"order"', 'line', 'order_deleted']
  const selects = tables.map((table) => `(SELECT count(*) FROM ${schema}.${table})`)
  return await running.read(async (session) =>
    Object.values((await session.rows(`SELECT ${selects.map((sql, n) => `${sql} AS n${n}`).join(', ')}`))[0] ?? {}),
  )
}

const { merged, speed, batch, batchRows } = sqlSchemas(subject.dataset.name)

describe.each(deleting)('a row that is deleted by $by', ({ at: deleteAt }) => {
  it('is in no view and in no file, whatever arrives later or late, until a newer event brings it back', async () => {
    const running = await RunningSystem.open(subject.dataset, 1)
    system = running
    const arrive = async (second: number, sent: Sent) => {
      running.log.producerTimes = () => atSecond(second)
      await running.append([sent])
      await running.catchUp()
    }
    const handOver = async () => {
      await running.archive()
      await running.run()
      await running.handOver()
    }
    await running.startReplica()

    await arrive(10, order(10, { lines }))
    expect(await counts(running, merged)).toEqual([1n, 1n, 0n])
    await handOver()
    expect(await counts(running, batchRows)).toEqual([1n, 1n, 0n])

    await arrive(30, deleteAt(30))
    expect(await counts(running, merged)).toEqual([0n, 0n, 1n])
    // The batch side alone does not know of it yet.
    expect(await counts(running, batch)).toEqual([1n, 1n, 0n])
    expect(await counts(running, speed)).toEqual([0n, 0n, 1n])
    await handOver()
    expect(await counts(running, batchRows)).toEqual([0n, 0n, 1n])
    expect(await counts(running, batch)).toEqual([0n, 0n, 1n])

    await arrive(20, order(20, { lines }))
    expect(await counts(running, merged)).toEqual([0n, 0n, 1n])
    await handOver()
    expect(await counts(running, batchRows)).toEqual([0n, 0n, 1n])
    expect(await counts(running, merged)).toEqual([0n, 0n, 1n])

    await arrive(40, order(40, { lines }))
    expect(await counts(running, merged)).toEqual([1n, 1n, 1n])
    await arrive(35, deleteAt(35))
    expect(await counts(running, merged)).toEqual([1n, 1n, 1n])
    await handOver()
    expect(await counts(running, batchRows)).toEqual([1n, 1n, 1n])

    expect((await running.verify()).differences).toEqual([])
    await running.run({ isRebuild: true })
    await running.handOver()
    expect(await counts(running, batchRows)).toEqual([1n, 1n, 1n])
    expect(await counts(running, merged)).toEqual([1n, 1n, 1n])
    await running.startReplica()
    expect(await counts(running, merged)).toEqual([1n, 1n, 1n])
  })

  it('in a first run is in no file', async () => {
    const running = await RunningSystem.open(subject.dataset, 1)
    system = running
    running.log.producerTimes = () => atSecond(30)
    await running.append([deleteAt(30), order(10, { lines })])
    await running.archive()
    await running.run()
    await running.startReplica()
    expect(await counts(running, batchRows)).toEqual([0n, 0n, 1n])
  })
})

describe('a fault in the SQL derived for deletes is seen', () => {
  const run = everyCutOf(subject, fc.sample(arbitraryLogs(24, orders, tombstones), { numRuns: 60, seed: 1 }), 1)
  const derived = derivedRules(subject.dataset)

  it('and there is none without it', async () => {
    expect(await differences(run)).toEqual([])
  })

  it.each<[string, (sql: string) => string]>([
    [
      'deletes of the generation hide nothing',
      (sql) => sql.replaceAll('ANTI JOIN gen."order_deleted" x0 ON', 'ANTI JOIN gen."order_deleted" x0 ON false AND'),
    ],
    [
      'deletes of the speed view hide nothing',
      (sql) =>
        sql.replaceAll('ANTI JOIN speed."order_deleted" x1 ON', 'ANTI JOIN speed."order_deleted" x1 ON false AND'),
    ],
    ['a delete hides newer rows', (sql) => sql.replaceAll(/(?<=\(x\d[^)]*\)) > /g, ' <> ')],
    ['a delete hides no set', (sql) => (sql.includes('"line"') ? sql.replaceAll(/ON (?=x\d)/g, 'ON false AND ') : sql)],
  ])('%s', async (_name, damage) => {
    const merged: MergeRules['merged'] = (name, target) => damage(derived.merged(name, target))
    const all = (rules: MergeRules['merged']) =>
      ['order', 'line'].map((name) => rules(name, { batch: 'gen', speed: 'speed' }))
    expect(all(merged)).not.toEqual(all(derived.merged))
    expect(await differences({ ...run, rules: { ...derived, merged } })).not.toEqual([])
  })

  it.each<[string, string, string]>([
    ['a delete is folded as a row', 'AND NOT coalesce(event."state"', 'AND true OR coalesce(event."state"'],
    ['a tombstone deletes nothing', 'tombstone IS NOT NULL OR', 'false OR'],
    ['a tombstone is an event as well', ' AND tombstone IS NULL', ''],
    ['a tombstone is dated by nothing', ', make_timestamptz(_timestamp * 1000))', ')'],
  ])('%s', async (_name, from, to) => {
    const fold: MergeRules['fold'] = (staged, target) =>
      derived.fold(staged, target).map((sql) => sql.replaceAll(from, to))
    const target = { speed: 'speed', batch: 'gen' }
    expect(fold('staged', target)).not.toEqual(derived.fold('staged', target))
    expect(await differences({ ...run, rules: { ...derived, fold } })).not.toEqual([])
  })
})
