import * as fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { sqlSchemas } from '../../schemas/sql/sql-schemas.ts'
import { arbitraryLogs, receivedMs } from '../oracle/arbitrary/events.ts'
import { orders } from '../oracle/arbitrary/orders.ts'
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

/** An event of order 1, so many seconds before it was received at the latest. */
function order(second: number, fields: object): Uint8Array {
  return Buffer.from(JSON.stringify({ order_id: 1, at: receivedMs - 100_000 + second * 1000, ...fields }))
}

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

describe('a deleted row', () => {
  it('is in no view and in no file, whatever arrives later or late, until a newer event brings it back', async () => {
    const running = await RunningSystem.open(subject.dataset, 1)
    system = running
    const arrive = async (...events: readonly Uint8Array[]) => {
      await running.append(events)
      await running.catchUp()
    }
    const handOver = async () => {
      await running.archive()
      await running.run()
      await running.handOver()
    }
    await running.startReplica()

    await arrive(order(10, { lines }))
    expect(await counts(running, merged)).toEqual([1n, 1n, 0n])
    await handOver()
    expect(await counts(running, batchRows)).toEqual([1n, 1n, 0n])

    await arrive(order(30, { state: 'gone' }))
    expect(await counts(running, merged)).toEqual([0n, 0n, 1n])
    // The batch side alone does not know of it yet.
    expect(await counts(running, batch)).toEqual([1n, 1n, 0n])
    expect(await counts(running, speed)).toEqual([0n, 0n, 1n])
    await handOver()
    expect(await counts(running, batchRows)).toEqual([0n, 0n, 1n])
    expect(await counts(running, batch)).toEqual([0n, 0n, 1n])

    await arrive(order(20, { lines }))
    expect(await counts(running, merged)).toEqual([0n, 0n, 1n])
    await handOver()
    expect(await counts(running, batchRows)).toEqual([0n, 0n, 1n])
    expect(await counts(running, merged)).toEqual([0n, 0n, 1n])

    await arrive(order(40, { lines }))
    expect(await counts(running, merged)).toEqual([1n, 1n, 1n])
    await arrive(order(35, { state: 'gone' }))
    expect(await counts(running, merged)).toEqual([1n, 1n, 1n])
    await handOver()
    expect(await counts(running, batchRows)).toEqual([1n, 1n, 1n])

    expect((await running.verify()).differences).toEqual([])
    await running.run({ isRebuild: true })
    await running.handOver()
    expect(await counts(running, batchRows)).toEqual([1n, 1n, 1n])
    expect(await counts(running, merged)).toEqual([1n, 1n, 1n])
  })

  it('of a first run is in no file', async () => {
    const running = await RunningSystem.open(subject.dataset, 1)
    system = running
    await running.append([order(30, { state: 'gone' }), order(10, { lines })])
    await running.archive()
    await running.run()
    await running.startReplica()
    expect(await counts(running, batchRows)).toEqual([0n, 0n, 1n])
  })
})

describe('a fault in the SQL derived for deletes is seen', () => {
  const run = everyCutOf(subject, fc.sample(arbitraryLogs(24, orders), { numRuns: 60, seed: 1 }), 1)
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

  it('a delete is folded as a row', async () => {
    const fold: MergeRules['fold'] = (staged, target) =>
      derived
        .fold(staged, target)
        .map((sql) => sql.replaceAll('AND NOT coalesce(event."state"', 'AND true OR coalesce(event."state"'))
    expect(await differences({ ...run, rules: { ...derived, fold } })).not.toEqual([])
  })
})
