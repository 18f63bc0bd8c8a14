import * as fc from 'fast-check'
import { it } from 'vitest'
import { openDuckDb } from '../../connectors/duckdb-engine.ts'
import { rsvp } from '../../schemas/rsvp/dataset.ts'
import { incomingColumns, rejectionsSql } from '../../schemas/stage-sql.ts'
import { receivedMs } from '../oracle/arbitrary-events.ts'
import { arbitraryJsonTexts } from '../oracle/arbitrary-json.ts'
import { judgeEvent } from '../oracle/judge-event.ts'
it('x', async () => {
  const engine = await openDuckDb({ memoryBytesMax: 1_000_000_000, threads: 1, spillFolder: '' })
  const session = await engine.connect()
  await session.run(`CREATE TEMP TABLE incoming (${incomingColumns})`)
  let seen = 0
  for (let i = 0; i < Number(process.env.N ?? 10); i++) {
    const t0 = performance.now()
    const texts = fc.sample(arbitraryJsonTexts, { numRuns: 1000, ...(process.env.SEED ? {seed: Number(process.env.SEED)+i} : {}) })
    const t1 = performance.now()
    const values = texts.map((t) => Buffer.from(t))
    const mine = values.map((v) => judgeEvent(v, receivedMs) === null)
    const t2 = performance.now()
    await session.run('TRUNCATE incoming')
    await session.append('incoming', [
      { type: 'INTEGER', cells: values.map(() => 0) },
      { type: 'BIGINT', cells: values.map((_, index) => BigInt(index)) },
      { type: 'BIGINT', cells: values.map(() => BigInt(receivedMs)) },
      { type: 'BLOB', cells: values },
    ])
    const rows = await session.rows(rejectionsSql(rsvp, 'incoming'))
    const t3 = performance.now()
    const r = new Map(rows.map(({ index, reason }) => [Number(index), String(reason)]))
    if (i < 3) console.log('sample', t1-t0, 'judge', t2-t1, 'sql', t3-t2, 'rejected', r.size)
    texts.forEach((t, k) => { if (r.has(k) !== mine[k] && seen++ < 12) console.log('sql', r.get(k), 'mine rejected', mine[k], t) })
  }
  console.log('disagreements', seen)
}, 600000)
