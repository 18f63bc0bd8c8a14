import type { Session } from '../../schemas/ports/engine.ts'

export type EngineMemory = {
  readonly usedBytes: number
  /** Beyond this limit the engine spills to disk. */
  readonly limitBytes: number
  /** The bytes that the engine has spilled to disk. */
  readonly spilledBytes: number
}

/** Returns the memory of the session's engine, which all of its sessions share. */
export async function readEngineMemory(session: Session, limitBytes: number): Promise<EngineMemory> {
  const [row] = await session.rows(
    `SELECT sum(memory_usage_bytes)::BIGINT AS used, sum(temporary_storage_bytes)::BIGINT AS spilled FROM duckdb_memory()`,
  )
  return { usedBytes: Number(row?.['used'] ?? 0), limitBytes, spilledBytes: Number(row?.['spilled'] ?? 0) }
}
