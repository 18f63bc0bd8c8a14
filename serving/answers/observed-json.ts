import { rangesJson } from '../../schemas/formats/offset-ranges.ts'
import type { Seen } from '../../schemas/async/watch.ts'
import type { EngineMemory } from '../replica/engine-memory.ts'
import type { Observed } from './observed.ts'

/**
 * Returns the offsets that the log holds and where its archive ends, by `topic/partition`. A value is `null` until it
 * has been read once.
 */
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

/** Returns `null` until the memory has been read once. */
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
