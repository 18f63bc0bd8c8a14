import type { Seen } from '../../schemas/async/watch.ts'
import type { Session } from '../../schemas/ports/engine.ts'
import type { OffsetRange } from '../../schemas/ports/log.ts'
import { rangesJson } from '../../schemas/formats/offset-ranges.ts'
import { schemasOf } from '../../schemas/ports/speed-view.ts'

export type EngineMemory = {
  readonly usedBytes: number
  /** Beyond it the engine spills. */
  readonly limitBytes: number
  /** What lies on disk because memory had no room for it. */
  readonly spilledBytes: number
}

export type ArchivedChain = {
  /** Where the chain of raw chunks ends. */
  readonly archived: bigint
  /** What the log deleted before it was archived. */
  readonly losses: readonly OffsetRange[]
  /** From here on `losses` are all there are; what lies below may hold more. */
  readonly lossesFrom: bigint
}

/** `endangered`: how many offsets are not archived, and are nearer to their deletion by the log than to their reception. */
export type ArchivedPartition = ArchivedChain & { readonly endangered: bigint }

/**
 * What is looked at every so often and not for each request, so that a probe never hangs on an engine, a log or a store
 * that does not answer. Null until it was seen.
 */
export type Observed = {
  readonly memory: () => Seen<EngineMemory> | null
  /** What the log holds of a dataset's topic, by partition. */
  readonly log: (dataset: string) => Seen<ReadonlyMap<number, OffsetRange>> | null
  readonly archive: (dataset: string) => Seen<ReadonlyMap<number, ArchivedPartition>> | null
  /** How many events of the history broke their contract. */
  readonly rejected: (dataset: string) => Seen<number> | null
}

/** What the session's engine holds, for all its sessions together. */
export async function readEngineMemory(session: Session, limitBytes: number): Promise<EngineMemory> {
  const [row] = await session.rows(
    `SELECT sum(memory_usage_bytes)::BIGINT AS used, sum(temporary_storage_bytes)::BIGINT AS spilled FROM duckdb_memory()`,
  )
  return { usedBytes: Number(row?.['used'] ?? 0), limitBytes, spilledBytes: Number(row?.['spilled'] ?? 0) }
}

/** What the log holds and where its archive ends, by `topic/partition`; `null` before it was seen. */
export function standingJson(
  observed: Observed,
  { dataset, topic }: { readonly dataset: string; readonly topic: string },
  nowMs: number,
): object {
  const [log, archive] = [observed.log(dataset), observed.archive(dataset)]
  return {
    log:
      log &&
      aged(log, topic, nowMs, ({ firstOffset, nextOffset }) => ({
        first: String(firstOffset),
        next: String(nextOffset),
      })),
    archive:
      archive &&
      aged(archive, topic, nowMs, ({ archived, losses, lossesFrom, endangered }) => ({
        archived: String(archived),
        losses: rangesJson(losses),
        losses_from: String(lossesFrom),
        endangered: Number(endangered),
      })),
  }
}

function aged<T>(
  { value, seenMs }: Seen<ReadonlyMap<number, T>>,
  topic: string,
  nowMs: number,
  encode: (partition: T) => object,
): object {
  const partitions = [...value].map(([partition, of]) => [`${topic}/${partition}`, encode(of)])
  return { age_ms: Math.max(0, nowMs - seenMs), partitions: Object.fromEntries(partitions) }
}

/** Over both layers: no event is in two of them. */
export async function countRejected(session: Session, dataset: string): Promise<number> {
  const { batch, speed } = schemasOf(dataset)
  const [row] = await session.rows(
    `SELECT (SELECT count(*) FROM ${batch}.rejected) + (SELECT count(*) FROM ${speed}.rejected) AS n`,
  )
  return Number(row?.['n'] ?? 0)
}

export function memoryJson(seen: Seen<EngineMemory> | null): object | null {
  if (seen === null) return null
  const { usedBytes, limitBytes, spilledBytes } = seen.value
  return {
    used_bytes: usedBytes,
    limit_bytes: limitBytes,
    spilled_bytes: spilledBytes,
    spilling: spilledBytes > 0,
  }
}
