import type { LogRecord, LogSlice, OffsetRange } from '../../schemas/ports/log.ts'

/** A raw chunk that is not written yet: the records of one partition since the end of its chain. */
export type ChunkDraft = {
  readonly partition: number
  readonly firstOffset: bigint
  /** When this process began the draft, in epoch milliseconds. Producers may have given the records any time. */
  readonly openedAt: number
  nextOffset: bigint
  bytes: number
  readonly records: LogRecord[]
  readonly gaps: OffsetRange[]
  readonly losses: OffsetRange[]
}

/** The memory of a record beside its value, for offset, times and lengths. */
const recordBytes = 64

export function emptyDraft(partition: number, firstOffset: bigint, openedAt: number): ChunkDraft {
  return { partition, firstOffset, openedAt, nextOffset: firstOffset, bytes: 0, records: [], gaps: [], losses: [] }
}

/**
 * Adds a slice. Every offset of the draft is then a record, a gap or a loss. If the slice starts beyond the draft's
 * end, the offsets between are a loss; offsets of the slice without a record are gaps. Records below the draft's end
 * are in it already and are skipped.
 */
export function addSlice(draft: ChunkDraft, slice: LogSlice): void {
  if (slice.firstOffset > draft.nextOffset) {
    draft.losses.push({ firstOffset: draft.nextOffset, nextOffset: slice.firstOffset })
    draft.nextOffset = slice.firstOffset
  }
  for (const record of slice.records) {
    if (record.offset < draft.nextOffset) continue
    addGap(draft, record.offset)
    draft.records.push(record)
    draft.bytes += recordBytes + (record.value?.byteLength ?? 0) + (record.key?.byteLength ?? 0)
    draft.nextOffset = record.offset + 1n
  }
  addGap(draft, slice.nextOffset)
}

/**
 * True if the draft was begun by then, or the log received its oldest record by then. Times of producers do not count.
 */
export function isOpenedBy({ openedAt, records: [oldest] }: ChunkDraft, epochMs: number): boolean {
  return openedAt <= epochMs || (oldest?.hasLogTime === true && Number(oldest.timestamp) <= epochMs)
}

/** A draft of the offsets from `from` on. */
export function draftFrom(draft: ChunkDraft, from: bigint): ChunkDraft {
  const next = emptyDraft(draft.partition, from, draft.openedAt)
  let firstOffset = from
  const stretches = [
    ...draft.losses.filter((loss) => loss.nextOffset > from),
    { firstOffset: draft.nextOffset, nextOffset: draft.nextOffset },
  ]
  for (const { firstOffset: nextOffset, nextOffset: continuesAt } of stretches) {
    const records = draft.records.filter(({ offset }) => offset >= firstOffset && offset < nextOffset)
    // An empty range matters too: it marks the end of a loss.
    if (nextOffset >= firstOffset) addSlice(next, { partition: draft.partition, firstOffset, nextOffset, records })
    firstOffset = continuesAt
  }
  return next
}

function addGap(draft: ChunkDraft, upTo: bigint): void {
  if (upTo <= draft.nextOffset) return
  const last = draft.gaps.at(-1)
  const continues = last?.nextOffset === draft.nextOffset
  const firstOffset = continues ? last.firstOffset : draft.nextOffset
  if (continues) draft.gaps.pop()
  draft.gaps.push({ firstOffset, nextOffset: upTo })
  draft.nextOffset = upTo
}
