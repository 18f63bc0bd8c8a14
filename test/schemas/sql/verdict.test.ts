import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDuckDb } from '../../../connectors/engine/duckdb-engine.ts'
import type { DuckDbEngine } from '../../../connectors/engine/duckdb-engine.ts'
import type { Session } from '../../../schemas/ports/engine.ts'
import { rsvp } from '../../../schemas/rsvp/dataset.ts'
import { incomingColumns } from '../../../schemas/sql/incoming-records.ts'
import { stageSql } from '../../../schemas/sql/stage-sql.ts'
import { receivedMs } from '../../oracle/arbitrary/events.ts'
import { arbitraryJsonTexts } from '../../oracle/arbitrary/json.ts'
import { judgeEvent } from '../../oracle/judge-event.ts'
import { malformedLines, malformedReceivedMs } from '../../oracle/arbitrary/malformed.ts'
import { recordedLines } from '../../oracle/recording.ts'
import { throwBriefly } from '../../oracle/throw-briefly.ts'

let engine: DuckDbEngine
let session: Session

beforeAll(async () => {
  engine = await openDuckDb({ memoryBytesMax: 1_000_000_000, threads: 1, spillFolder: '' })
  session = await engine.connect()
  await session.run(`CREATE TEMP TABLE incoming (${incomingColumns(rsvp)})`)
})

afterAll(() => {
  session.close()
  engine.close()
})

describe('the derived verdict', () => {
  it('is what zod says of everything that JSON.stringify can produce', async () => {
    const batches = fc.array(arbitraryJsonTexts, { minLength: 400, maxLength: 500 })
    const run = await fc.check(
      fc.asyncProperty(batches, async (texts) => {
        const values = texts.map((text) => Buffer.from(text))
        const rejected = await rejections(values, receivedMs)
        const disagreed = texts.filter(
          (_, index) => rejected.has(index) !== (judgeEvent(values[index] ?? null, receivedMs) === null),
        )
        expect(disagreed).toEqual([])
      }),
      // A batch is not worth shrinking: what was disagreed on is listed.
      { numRuns: 30, endOnFailure: true },
    )
    throwBriefly(run)
  })

  it('accepts every event of the recording and not the line that is cut off', async () => {
    const rejected = await rejections(recordedLines(), receivedMs)
    expect([...rejected.keys()]).toEqual([1541])
  })

  it('rejects a record without a value', async () => {
    expect([...(await rejections([null], receivedMs)).values()]).toEqual([expect.stringMatching(/^the event: missing/)])
  })
})

describe('a malformed line', () => {
  it.each(malformedLines)('$name', async ({ value, outcome }) => {
    const rejected = await rejections([value], malformedReceivedMs)
    if (outcome === 'accepted') expect(rejected).toEqual(new Map())
    else expect(rejected.get(0)).toMatch(outcome)
  })

  it('changes nothing for the others of its micro-batch', async () => {
    const alone = malformedLines.filter(({ outcome }) => outcome !== 'accepted').map(({ name }) => name)
    const rejected = await rejections(
      malformedLines.map(({ value }) => value),
      malformedReceivedMs,
    )
    expect([...rejected.keys()].map((index) => malformedLines[index]?.name)).toEqual(alone)
  })
})

async function rejections(
  values: readonly (Uint8Array | null)[],
  timestampMs: number,
): Promise<ReadonlyMap<number, string>> {
  await session.run('TRUNCATE incoming')
  await session.append('incoming', [
    { type: 'INTEGER', cells: values.map(() => 0) },
    { type: 'BIGINT', cells: values.map((_, index) => BigInt(index)) },
    { type: 'BIGINT', cells: values.map(() => BigInt(timestampMs)) },
    { type: 'BOOLEAN', cells: values.map(() => true) },
    { type: 'BIGINT', cells: values.map(() => 0n) },
    { type: 'BLOB', cells: values },
  ])
  const rows = await session.rows(
    `SELECT _offset AS index, reason FROM (${stageSql(rsvp, 'incoming')}) WHERE reason IS NOT NULL ORDER BY _offset`,
  )
  return new Map(rows.map(({ index, reason }) => [Number(index), String(reason)]))
}
