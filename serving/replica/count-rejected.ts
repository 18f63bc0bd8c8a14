import type { Session } from '../../schemas/ports/engine.ts'
import { sqlSchemas } from '../../schemas/sql/sql-schemas.ts'

/**
 * Returns how many events of a dataset broke their contract. It adds the counts of both layers, because no event is in
 * both.
 */
export async function countRejected(session: Session, dataset: string): Promise<number> {
  const { batch, speed } = sqlSchemas(dataset)
  const [row] = await session.rows(
    `SELECT (SELECT count(*) FROM ${batch}.rejected) + (SELECT count(*) FROM ${speed}.rejected) AS n`,
  )
  return Number(row?.['n'] ?? 0)
}
