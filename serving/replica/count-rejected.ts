import type { Session } from '../../schemas/ports/engine.ts'
import { schemasOf } from '../../schemas/ports/speed-layer.ts'

/** How many events of a dataset broke their contract, over both layers: no event is in two of them. */
export async function countRejected(session: Session, dataset: string): Promise<number> {
  const { batch, speed } = schemasOf(dataset)
  const [row] = await session.rows(
    `SELECT (SELECT count(*) FROM ${batch}.rejected) + (SELECT count(*) FROM ${speed}.rejected) AS n`,
  )
  return Number(row?.['n'] ?? 0)
}
