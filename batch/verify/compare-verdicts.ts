import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { readsKeys } from '../../schemas/sql/record-keys.ts'
import type { StoredFooter } from '../../schemas/formats/raw-chunk.ts'
import { listVerdicts, verdictKey } from '../../schemas/formats/verdict.ts'
import type { Session } from '../../schemas/ports/engine.ts'
import type { ObjectStore } from '../../schemas/ports/store.ts'
import { literal } from '../../schemas/sql/sql-text.ts'
import { createStaged, judgeChunks } from '../judge-chunks.ts'
import type { Judging, StageChunks } from '../judge-chunks.ts'
import { isUnusable, withVerdict } from '../stored-verdicts.ts'
import type { Findings } from './findings.ts'

export type VerdictComparison = Judging & { readonly store: ObjectStore; readonly findings: Findings }

/** Judges all events, believing no stored verdict, and compares what verdicts there are. */
export function stageAndCompare(comparison: VerdictComparison): StageChunks {
  return async (session, staged, chunks) => {
    await createStaged(comparison, session, staged, chunks)
    await judgeChunks(comparison, session, staged, chunks)
    const footers = chunks.map(({ footer }) => footer)
    const keys = await listVerdicts(comparison.store, comparison.dataset, footers)
    for (const chunk of footers)
      if (keys.has(verdictKey(comparison.dataset, chunk))) await compareVerdict(comparison, { session, staged, chunk })
  }
}

type Judged = { readonly session: Session; readonly staged: string; readonly chunk: StoredFooter }

async function compareVerdict(
  { dataset, store, findings }: VerdictComparison,
  { session, staged, chunk }: Judged,
): Promise<void> {
  const key = verdictKey(dataset, chunk)
  try {
    await withVerdict({ store, session, judge: dataset }, chunk, async (rows) => {
      findings.checked('verdicts', true)
      const found = await session.rows(
        `SELECT fault, count(*) AS n, string_agg("offset"::VARCHAR, ' ' ORDER BY "offset") FILTER (place <= ${findings.examplesMax}) AS examples FROM (
           SELECT *, row_number() OVER (PARTITION BY fault ORDER BY "offset") AS place FROM (${faultsSql(dataset, { staged, rows, chunk })})
         ) WHERE fault <> '' GROUP BY fault ORDER BY fault`,
      )
      for (const { fault, n, examples } of found)
        findings.differ({
          check: 'verdicts',
          subject: key,
          message: `${String(fault)} differ from judging its chunk`,
          count: Number(n),
          examples: offsetsText(dataset, chunk, String(examples).split(' ')),
        })
    })
  } catch (error) {
    if (!isUnusable(error)) throw error
    findings.differ({ check: 'verdicts', subject: key, message: error.message.replace(`${key} `, '') })
  }
}

function offsetsText(
  { topic }: DefinedDataset,
  { partition }: StoredFooter,
  offsets: readonly string[],
): readonly string[] {
  return offsets.map((offset) => `${topic}/${partition}@${offset}`)
}

const columns = ['_timestamp', '_received', 'reason', '_time', 'value']

type Compared = { readonly staged: string; readonly rows: string; readonly chunk: StoredFooter }

/** SQL of what differs at each offset. Events and tombstones are compared as texts, in which -0 is not 0. */
function faultsSql(dataset: DefinedDataset, { staged, rows, chunk: { firstOffset, nextOffset } }: Compared): string {
  const texts = readsKeys(dataset) ? ['event', 'tombstone'] : ['event']
  const compared = [
    ...columns.map((column) => ({ column, as: '' })),
    ...texts.map((column) => ({ column, as: '::VARCHAR' })),
  ]
  const faults = compared.map(
    ({ column, as }) => `CASE WHEN v.${column}${as} IS DISTINCT FROM s.${column}${as} THEN ${literal(column)} END`,
  )
  return `SELECT s._offset AS "offset", concat_ws(', ', ${faults.join(', ')}) AS fault FROM ${staged} s JOIN ${rows} v USING (_offset) WHERE s._offset >= ${firstOffset} AND s._offset < ${nextOffset}`
}
