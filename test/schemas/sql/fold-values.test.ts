import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDuckDb } from '../../../connectors/engine/duckdb-engine.ts'
import type { DuckDbEngine } from '../../../connectors/engine/duckdb-engine.ts'
import type { Session } from '../../../schemas/ports/engine.ts'
import { createSpeedViewSql, foldSql } from '../../../schemas/sql/fold-sql.ts'
import { rsvp } from '../../../schemas/rsvp/dataset.ts'
import { incomingColumns } from '../../../schemas/sql/incoming-records.ts'
import { stageSql } from '../../../schemas/sql/stage-sql.ts'
import { receivedMs } from '../../oracle/arbitrary/events.ts'
import { arbitraryJsonTexts } from '../../oracle/arbitrary/json.ts'
import { malformedLines, malformedReceivedMs } from '../../oracle/arbitrary/malformed.ts'
import { readTables } from '../../oracle/read-tables.ts'
import { recount } from '../../oracle/recount.ts'
import type { LoggedRecord } from '../../oracle/recount.ts'
import type { Tables } from '../../oracle/rows.ts'
import { throwBriefly } from '../../oracle/throw-briefly.ts'

let engine: DuckDbEngine
let session: Session

beforeAll(async () => {
  engine = await openDuckDb({ memoryBytesMax: 1_000_000_000, threads: 1, spillFolder: '' })
  session = await engine.connect()
  await session.run(`CREATE TEMP TABLE incoming (${incomingColumns(rsvp)})`)
  for (const schema of ['speed', 'nothing']) for (const sql of createSpeedViewSql(rsvp, schema)) await session.run(sql)
})

afterAll(() => {
  session.close()
  engine.close()
})

describe('a micro-batch', () => {
  it('keeps every value as JSON.parse reads it, whatever the text, number or name', async () => {
    const batches = fc.array(arbitraryJsonTexts, { minLength: 300, maxLength: 400 })
    const run = await fc.check(
      fc.asyncProperty(batches, async (texts) => {
        const records = logged(
          texts.map((text) => Buffer.from(text)),
          receivedMs,
        )
        expect(await foldedTables(records)).toEqual(recount(records))
      }),
      // A batch is not worth shrinking: the rows that differ are listed.
      { numRuns: 8, endOnFailure: true },
    )
    throwBriefly(run)
  })

  it('of malformed lines keeps the accepted as events and the bytes of all others', async () => {
    const records = logged(
      malformedLines.map(({ value }) => value),
      malformedReceivedMs,
    )
    const tables = await foldedTables(records)
    const bytes = malformedLines
      .filter(({ outcome }) => outcome !== 'accepted')
      .map(({ value }) => Buffer.from(value).toString('hex'))
    expect(new Set(tables.rejected.map((row) => row['value']))).toEqual(new Set(bytes))
    expect(tables.arrival.length).toBe(malformedLines.length - bytes.length)
  })
})

function logged(values: readonly Uint8Array[], timestampMs: number): readonly LoggedRecord[] {
  return values.map((value, n) => ({ partition: 0, offset: BigInt(n), timestamp: BigInt(timestampMs), value }))
}

/** What an empty speed view holds after one micro-batch. */
async function foldedTables(records: readonly LoggedRecord[]): Promise<Tables> {
  await session.run('BEGIN')
  try {
    await session.append('incoming', [
      { type: 'INTEGER', cells: records.map(({ partition }) => partition) },
      { type: 'BIGINT', cells: records.map(({ offset }) => offset) },
      { type: 'BIGINT', cells: records.map(({ timestamp }) => timestamp) },
      { type: 'BOOLEAN', cells: records.map(() => true) },
      { type: 'BIGINT', cells: records.map(() => 0n) },
      { type: 'BLOB', cells: records.map(({ value }) => value) },
    ])
    await session.run(`CREATE TEMP TABLE staged AS ${stageSql(rsvp, 'incoming')}`)
    for (const sql of foldSql(rsvp, 'staged', { speed: 'speed', batch: 'nothing' })) await session.run(sql)
    return await readTables(session, 'speed')
  } finally {
    await session.run('ROLLBACK')
  }
}
