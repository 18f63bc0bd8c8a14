import { expect } from 'vitest'
import { z } from 'zod'
import type { Column } from '../../../schemas/declare/dataset.ts'
import { stageGoodSql, stageSql } from '../../../schemas/sql/stage-sql.ts'
import { datasetOf, TestJudge } from '../../oracle/judge.ts'

export type ColumnAs = Omit<Column, 'path'>

/** The reason of an event whose value does not fit the column. */
export const misfit = (type: string) =>
  `rejected: value: expected a value that fits ${type}, the type of the column seen.value`

/**
 * Returns a function that says what a column holds of each JSON value of a field, as the engine's text, or why its
 * event is rejected. To be called at the top of a test file.
 */
export function usingKeptValues() {
  const judge = new TestJudge()
  return async (contract: z.ZodType, column: ColumnAs, values: readonly string[]): Promise<readonly string[]> => {
    const dataset = datasetOf(z.object({ time: z.int().min(0).max(1e9), n: z.int(), value: contract }), {
      seen: {
        kind: 'latest',
        key: ['n'],
        columns: { n: { path: 'n', type: 'BIGINT' }, value: { path: 'value', ...column } },
      },
    })
    const texts = values.map((value, n) => `{"time":1,"n":${n},"value":${value}}`)
    const rows = await judge.rows(dataset, 'seen', texts, { asTexts: true })
    const found = new Map(rows.map((row) => [Number(row['n']), row['value']]))
    const reasons = await judge.rejections(dataset, texts)
    const accepted = (statement: string) => `FROM (${statement}) WHERE reason IS NULL`
    const cheap = accepted(stageGoodSql(dataset, 'incoming'))
    expect(await judge.difference(texts, cheap, accepted(stageSql(dataset, 'incoming')))).toEqual([])
    for (const [n, reason] of reasons) expect(found.has(n), reason).toBe(false)
    return values.map((_, n) => (found.has(n) ? String(found.get(n)) : `rejected: ${reasons.get(n)}`))
  }
}
