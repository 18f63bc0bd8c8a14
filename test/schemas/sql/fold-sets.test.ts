import { expect, it, onTestFinished } from 'vitest'
import { openDuckDb } from '../../../connectors/engine/duckdb-engine.ts'
import { createSpeedViewSql, foldSql } from '../../../schemas/sql/fold-sql.ts'
import { stageSql } from '../../../schemas/sql/stage-sql.ts'
import { shop } from '../../exactness/subjects/shop-dataset.ts'

it('of equal elements the first stays, with its place and its way to write a number', async () => {
  const engine = await openDuckDb({ memoryBytesMax: 1_000_000_000, threads: 2, spillFolder: '' })
  const session = await engine.connect()
  onTestFinished(() => {
    session.close()
    engine.close()
  })
  for (const schema of ['speed', 'nothing']) for (const sql of createSpeedViewSql(shop, schema)) await session.run(sql)
  const line = (sku: string, quantity: number, price: string): string =>
    `{"sku":"${sku}","quantity":${quantity},"price":${price}}`
  // Many orders, so that the engine groups them in some order of its own.
  const orders = Array.from({ length: 3000 }, (_, n) => {
    const [first, second] = n % 2 === 0 ? ['-0.0', '0'] : ['0', '-0.0']
    const lines = [line('a', 1, first), line('a', 2, second), line('b', 1, second), line('b', 2, 'null')]
    return `(0, ${n}, ${n}, true, ${n}, '{"order_id":${n},"at":0,"lines":[${lines.join(',')}]}'::BLOB, NULL::BLOB)`
  })
  await session.run(
    `CREATE TEMP TABLE staged AS ${stageSql(shop, `(SELECT * FROM (VALUES ${orders.join(',')}) v("partition", "offset", "timestamp", has_log_time, read_at, value, "key"))`)}`,
  )
  for (const sql of foldSql(shop, 'staged', { speed: 'speed', batch: 'nothing' })) await session.run(sql)
  const found = async (sql: string) => (await session.rows(sql)).map((row) => Object.values(row).join(' '))
  expect(
    await found(
      `SELECT price::VARCHAR AS price, quantity, _position, count(*) AS n, count(DISTINCT order_id % 2) AS kinds FROM speed.price GROUP BY ALL ORDER BY ALL`,
    ),
  ).toEqual(['-0.0 1 1 1500 1', '-0.0 2 2 1500 1', '0.0 1 1 1500 1', '0.0 2 2 1500 1'])
  expect(
    await found(`SELECT sku, quantity, _position, count(*) AS n FROM speed.line GROUP BY ALL ORDER BY ALL`),
  ).toEqual(['a 1 1 3000', 'b 1 3 3000'])
})
