import type { Logger } from 'pino'
import { withEndangered } from '../../batch/archive/endangered.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { hasCode } from '../../schemas/errors.ts'
import type { Session } from '../../schemas/ports/engine.ts'
import { endsOf } from '../../schemas/formats/offset-ranges.ts'
import type { OffsetRange } from '../../schemas/ports/log.ts'
import type { ArchivedPartition } from '../../schemas/formats/archived-chain.ts'
import type { Observed } from '../../serving/answers/observed.ts'
import { ChainWatch } from '../../batch/archive/chain-watch.ts'
import { EndangeredLog } from './endangered-log.ts'
import type { Config } from '../parts/config.ts'
import type { Plumbing } from '../parts/plumbing.ts'
import { reasonOf } from '../parts/waiting.ts'
import type { Waiting } from '../parts/waiting.ts'
import type { ReplicaSet } from './replica-set.ts'
import { Watch } from '../../schemas/async/watch.ts'

/** The most bytes that one look reads of a partition's raw chunks. */
const chunkBytesMax = 64 * 1024 * 1024
/** While nothing changes, the engine's memory, which queries use too, and the store are looked at this often. */
const quietMs = 10_000

export type Observer = Observed & {
  /** Starts watching log and store. The engine's memory needs neither, so it is watched from the beginning. */
  start(): void
  close(): Promise<void>
}

export type ObserverNeeds = {
  readonly config: Pick<Config, 'STORE_WATCH_MS'>
  readonly datasets: readonly DefinedDataset[]
  readonly waiting: Waiting
  readonly logger: Logger
}

/**
 * Watches the facts that a server shows of its engine, log and store. No other part may use the session, and the caller
 * closes it.
 */
export function observe(
  { config, datasets, waiting, logger }: ObserverNeeds,
  {
    log,
    store,
    session,
    replicas,
  }: Plumbing & { session: Session; replicas: Pick<ReplicaSet, 'memory' | 'rejected' | 'reader'> },
): Observer {
  const intervalMs = config.STORE_WATCH_MS
  const noteUnread = noteOf(waiting, "the engine's state")
  const engine = new Watch({
    look: () => replicas.memory(),
    intervalMs,
    of: whenChanged(() => [
      ...datasets.map(({ name }) => replicas.reader.stateOf(name)),
      Math.floor(Date.now() / quietMs),
    ]),
    onLook: noteUnread,
  })
  const logs = new Map<string, Watch<ReadonlyMap<number, OffsetRange>>>()
  const archives = new Map<string, Watch<ReadonlyMap<number, ArchivedPartition>>>()
  const rejected = new Map<string, Watch<number>>()
  for (const { name, topic } of datasets) {
    rejected.set(
      name,
      new Watch({
        look: () => replicas.rejected(name),
        intervalMs,
        of: () => replicas.reader.stateOf(name),
        onLook: noteUnread,
      }),
    )
    const ends = new Watch({ look: () => log.bounds(topic), intervalMs, onLook: noteOf(waiting, `log of ${name}`) })
    const logEnds = async (): Promise<ReadonlyMap<number, bigint>> => {
      if (ends.latest() === null) await ends.look()
      return endsOf(ends.latest()?.value ?? new Map())
    }
    const chains = new ChainWatch({ store, session, topic, logEnds, bytesMax: chunkBytesMax })
    logs.set(name, ends)
    const endangered = new EndangeredLog(logger, topic)
    const look = async (): Promise<ReadonlyMap<number, ArchivedPartition>> => {
      const aging = await log.aging(topic)
      const found = withEndangered(await chains.look(), { held: ends.latest()?.value ?? new Map(), aging })
      endangered.note(found)
      return found
    }
    // A chain grows only while the log has more than it. Each object is another one, so the store is asked.
    const of = (): unknown => {
      const archived = endsOfArchived(ends.latest()?.value, archives.get(name)?.latest()?.value)
      return archived === null ? {} : `${archived} ${Math.floor(Date.now() / quietMs)}`
    }
    archives.set(name, new Watch({ look, intervalMs, of, onLook: noteOf(waiting, `archive status of ${name}`) }))
  }
  const started = [...logs.values(), ...archives.values(), ...rejected.values()]
  engine.start()
  return {
    memory: () => engine.latest(),
    log: (dataset) => logs.get(dataset)?.latest() ?? null,
    archive: (dataset) => archives.get(dataset)?.latest() ?? null,
    rejected: (dataset) => rejected.get(dataset)?.latest() ?? null,
    start() {
      for (const watch of started) watch.start()
    },
    async close() {
      await Promise.all([engine, ...started].map((watch) => watch.close()))
    },
  }
}

/** Returns the same text as long as the log has the same offsets and all are archived; else null. */
function endsOfArchived(
  held: ReadonlyMap<number, OffsetRange> | undefined,
  archived: ReadonlyMap<number, ArchivedPartition> | undefined,
): string | null {
  if (held === undefined || archived === undefined) return null
  const isArchived = [...held].every(([partition, { nextOffset }]) => archived.get(partition)?.archived === nextOffset)
  return isArchived
    ? [...held].map(([partition, { firstOffset, nextOffset }]) => `${partition} ${firstOffset} ${nextOffset}`).join()
    : null
}

/** Returns the same object as long as `read` returns the same values. */
function whenChanged(read: () => readonly unknown[]): () => unknown {
  let last: readonly unknown[] = []
  return () => {
    const now = read()
    if (now.length !== last.length || now.some((value, index) => value !== last[index])) last = now
    return last
  }
}

/**
 * Names in `waiting` a fact that cannot be read, until it can. If the log or the store is away, that is named
 * elsewhere.
 */
function noteOf(waiting: Waiting, part: string): (error: unknown) => void {
  return (error) => {
    if (error === null || hasCode(error, 'LOG_UNREACHABLE') || hasCode(error, 'STORE_UNREACHABLE')) waiting.clear(part)
    else waiting.set(part, reasonOf(error), error)
  }
}
