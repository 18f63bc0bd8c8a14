import type { Session } from '../../schemas/ports/engine.ts'
import { Deferred } from '../../schemas/async/deferred.ts'
import type { EventLog, LogRecord, LogSlice, OffsetRange } from '../../schemas/ports/log.ts'
import { checkedChunk, rawColumns } from '../../schemas/formats/raw-chunk.ts'
import { literal } from '../../schemas/sql/sql-text.ts'
import type { ObjectStore } from '../../schemas/ports/store.ts'
import { hasReached, positionOf } from '../../schemas/formats/tidemark.ts'
import type { Findings } from './findings.ts'
import type { VerifiedChain, VerifiedChunk } from './verify-chains.ts'
import { appendRecords } from '../archive/write-chunk.ts'

export type LogComparison = {
  readonly log: EventLog
  readonly store: ObjectStore
  readonly session: Session
  readonly topic: string
  readonly chains: readonly VerifiedChain[]
  readonly bounds: ReadonlyMap<number, OffsetRange>
  readonly findings: Findings
  readonly onSlice?: (done: { readonly records: number; readonly recordsTotal: number }) => void
}

/**
 * Compares the records that the log still holds with the chunks that cover their offsets: value, key, headers and time,
 * byte for byte. Returns how many it compared. Skips chunks that cannot be read, which the check of the chain names.
 */
export async function compareWithLog(comparison: LogComparison): Promise<number> {
  const comparer = new SliceComparer(comparison)
  try {
    return await comparer.run()
  } finally {
    await comparer.close()
  }
}

class SliceComparer {
  readonly #comparison: LogComparison
  readonly #positions = new Map<number, bigint>()
  readonly #ends = new Map<number, bigint>()
  /** Per partition, the chunk that is loaded as a table. One is enough, since a partition's slices come in order. */
  readonly #loaded = new Map<number, string>()
  readonly #left = new Map<number, readonly VerifiedChunk[]>()
  readonly #reached = new Deferred()
  #compared = 0
  #total = 0

  constructor(comparison: LogComparison) {
    this.#comparison = comparison
    for (const [partition, { firstOffset, nextOffset }] of comparison.bounds) {
      const chain = comparison.chains.find(({ start }) => start.partition === partition)
      const end = chain === undefined || chain.nextOffset > nextOffset ? nextOffset : chain.nextOffset
      const first = chain !== undefined && chain.start.firstOffset > firstOffset ? chain.start.firstOffset : firstOffset
      const isCompared = chain !== undefined && first < end
      this.#positions.set(partition, isCompared ? first : nextOffset)
      this.#ends.set(partition, isCompared ? end : nextOffset)
      if (isCompared) this.#total += Number(end - first)
    }
  }

  async run(): Promise<number> {
    const { log, topic } = this.#comparison
    if (this.#isDone) return 0
    const follower = log.follow(topic, new Map(this.#positions), (slice) => this.#compare(slice))
    try {
      await Promise.race([this.#reached.promise, follower.ended])
    } finally {
      await follower.close()
    }
    return this.#compared
  }

  async close(): Promise<void> {
    await this.#comparison.session.run('DROP TABLE IF EXISTS held')
    for (const partition of this.#loaded.keys())
      await this.#comparison.session.run(`DROP TABLE IF EXISTS chunk_${partition}`)
  }

  get #isDone(): boolean {
    return hasReached(this.#positions, this.#ends)
  }

  async #compare({ partition, firstOffset, nextOffset, records }: LogSlice): Promise<void> {
    const end = positionOf(this.#ends, partition)
    for (const chunk of this.#chunksFrom(partition, firstOffset)) {
      if (chunk.footer.firstOffset >= nextOffset) break
      const from = firstOffset > chunk.footer.firstOffset ? firstOffset : chunk.footer.firstOffset
      const until = [nextOffset, end, chunk.footer.nextOffset].reduce((a, b) => (a < b ? a : b))
      if (from < until) await this.#compareStretch(chunk, { firstOffset: from, nextOffset: until, records })
    }
    this.#positions.set(partition, nextOffset)
    this.#comparison.onSlice?.({ records: this.#compared, recordsTotal: this.#total })
    if (this.#isDone) this.#reached.resolve()
  }

  /** The chunks that end beyond an offset. Earlier ones are dropped, since a partition's slices come in order. */
  #chunksFrom(partition: number, offset: bigint): readonly VerifiedChunk[] {
    const chain = this.#comparison.chains.find(({ start }) => start.partition === partition)
    const chunks = this.#left.get(partition) ?? chain?.chunks ?? []
    const first = chunks.findIndex(({ footer }) => footer.nextOffset > offset)
    const left = first === 0 ? chunks : first === -1 ? [] : chunks.slice(first)
    this.#left.set(partition, left)
    return left
  }

  async #compareStretch(
    chunk: VerifiedChunk,
    { firstOffset, nextOffset, records }: OffsetRange & { readonly records: readonly LogRecord[] },
  ): Promise<void> {
    const { session, findings } = this.#comparison
    const { partition } = chunk.footer
    const held = records.filter(({ offset }) => offset >= firstOffset && offset < nextOffset)
    await this.#load(chunk)
    // A new table for each range: the engine would keep the rows of a table that is only emptied.
    await session.run(`CREATE OR REPLACE TEMP TABLE held (${rawColumns})`)
    await appendRecords(session, 'held', { partition, records: held, readAt: 0 })
    const rows = await session.rows(
      `SELECT fault, count(*) AS n, string_agg("offset"::VARCHAR, ' ' ORDER BY "offset") FILTER (place <= ${findings.examplesMax}) AS examples FROM (
         SELECT *, row_number() OVER (PARTITION BY fault ORDER BY "offset") AS place FROM (${faultsSql(`chunk_${partition}`, { firstOffset, nextOffset }, chunk.footer.digest !== null)})
       ) WHERE fault IS NOT NULL GROUP BY fault ORDER BY fault`,
    )
    this.#compared += held.length
    for (const { fault, n, examples } of rows)
      this.#report(chunk, { fault: String(fault), count: Number(n), offsets: String(examples).split(' ') })
  }

  async #load({ key, footer: { partition } }: VerifiedChunk): Promise<void> {
    if (this.#loaded.get(partition) === key) return
    const { session, store } = this.#comparison
    await store.withFiles([checkedChunk({ key })], ([path = '']) =>
      session.run(`CREATE OR REPLACE TEMP TABLE chunk_${partition} AS FROM read_parquet(${literal(path)})`),
    )
    this.#loaded.set(partition, key)
  }

  #report(
    { key, footer }: VerifiedChunk,
    { fault, count, offsets }: { fault: string; count: number; offsets: readonly string[] },
  ): void {
    const { findings, topic } = this.#comparison
    if (fault === 'compacted') {
      findings.note(
        `${key}: the log no longer holds ${count} of its keyed records between others, as compaction leaves it`,
      )
      return
    }
    findings.differ({
      check: 'log',
      subject: key,
      message: fault,
      count,
      examples: offsets.map((offset) => `${topic}/${footer.partition}@${offset}`),
    })
  }
}

/**
 * SQL of what is wrong with each offset of a range; null if nothing is. Since a record was archived, the log may have
 * removed it by compaction, but only if it has a key.
 */
function faultsSql(chunk: string, { firstOffset, nextOffset }: OffsetRange, saysWhoStamped: boolean): string {
  const columns = ['value', '"key"', 'headers', '"timestamp"', ...(saysWhoStamped ? ['has_log_time'] : [])]
  const differing = columns.map(
    (column) => `CASE WHEN h.${column} IS DISTINCT FROM c.${column} THEN ${literal(column.replaceAll('"', ''))} END`,
  )
  return `
    SELECT coalesce(h."offset", c."offset") AS "offset",
      CASE WHEN c."offset" IS NULL THEN 'lacks records that the log holds'
        WHEN h."offset" IS NULL AND c."key" IS NOT NULL THEN 'compacted'
        WHEN h."offset" IS NULL THEN 'holds records that the log does not'
        WHEN ${differing.map((cell) => `(${cell}) IS NOT NULL`).join(' OR ')} THEN concat_ws(', ', ${differing.join(', ')}) || ' differ from the log'
      END AS fault
    FROM held h FULL JOIN (FROM ${chunk} WHERE "offset" >= ${firstOffset} AND "offset" < ${nextOffset}) c ON h."offset" = c."offset"`
}
