import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSqlParser } from '../../../serving/sql/parser.ts'
import type { SqlParser } from '../../../serving/sql/parser.ts'
import { requireUnambiguous } from '../../../serving/sql/table-names.ts'

const tables = new Map([
  ['rsvp', ['member', 'rejected']],
  ['sensor', ['reading', 'rejected']],
])

let parser: SqlParser
beforeAll(async () => {
  parser = await openSqlParser()
})
afterAll(() => parser.close())

async function judge(sql: string, dataset: string | null = null): Promise<void> {
  requireUnambiguous(await parser.parse(sql), sql, { tables, dataset })
}

describe('a name that several datasets have is refused', () => {
  it.each([
    'FROM rejected',
    'FROM "Rejected" r',
    'SELECT (SELECT count(*) FROM rejected WHERE log_offset > $1) AS n',
    'FROM member SEMI JOIN rejected ON true',
    'DESCRIBE rejected',
    'SUMMARIZE rejected',
    'WITH rejected AS (FROM rejected) FROM rejected',
    'SELECT (WITH rejected AS (SELECT 1) FROM rejected), (FROM rejected)',
    "PIVOT rejected ON reason IN ('a') USING count(*)",
    "SELECT * FROM read_csv('other.csv') WHERE a IN (FROM rejected)",
  ])('%s', async (sql) => {
    await expect(judge(sql)).rejects.toThrow(
      /ejected is a table of 2 datasets: write rsvp\.rejected or sensor\.rejected/i,
    )
  })
})

describe('any other is not', () => {
  it.each([
    'FROM rsvp.rejected, sensor_speed.rejected, member, reading',
    'WITH rejected AS (FROM rsvp.rejected) FROM rejected',
    'SELECT rejected.reason FROM rsvp.rejected AS rejected',
    'FROM nothing',
    "FROM read_csv('rejected')",
    'SHOW TABLES',
  ])('%s', async (sql) => {
    await expect(judge(sql)).resolves.toBeUndefined()
  })

  it('where one dataset is asked for', async () => {
    await expect(judge('FROM rejected', 'sensor')).resolves.toBeUndefined()
  })
})
