import type { Session } from '../../schemas/ports/engine.ts'
import { sqlSchemas } from '../../schemas/sql/sql-schemas.ts'

/** How many events of a dataset broke their contract, over both layers: no event is in two of them. */
export async function countRejected(session: Session, dataset: string): Promise<number> {
  const { batch, speed } = sqlSchemas(dataset)
  const [row] = await session.rows(
    `SELECT (SELECT count(*) FROM ${batch}.rejected) + (SELECT count(*) FROM ${speed}.rejected) AS n`,
  )
  return Number(row?.['n'] ?? 0)
}
