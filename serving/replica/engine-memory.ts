import type { Session } from '../../schemas/ports/engine.ts'

export type EngineMemory = {
  readonly usedBytes: number
  /** Beyond it the engine spills. */
  readonly limitBytes: number
  /** What lies on disk because memory had no room for it. */
  readonly spilledBytes: number
}

/** What the session's engine holds, for all its sessions together. */
export async function readEngineMemory(session: Session, limitBytes: number): Promise<EngineMemory> {
  const [row] = await session.rows(
    `SELECT sum(memory_usage_bytes)::BIGINT AS used, sum(temporary_storage_bytes)::BIGINT AS spilled FROM duckdb_memory()`,
  )
  return { usedBytes: Number(row?.['used'] ?? 0), limitBytes, spilledBytes: Number(row?.['spilled'] ?? 0) }
}
