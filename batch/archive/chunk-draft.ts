import type { LogRecord, LogSlice, OffsetRange } from '../../schemas/ports/log.ts'

/** A raw chunk in the making: what was read of one partition since the chain's end. */
export type ChunkDraft = {
  readonly partition: number
  readonly firstOffset: bigint
  /** When this process began to read it, epoch ms: records' own times are their producers'. */
  readonly openedAt: number
  nextOffset: bigint
  bytes: number
  readonly records: LogRecord[]
  readonly gaps: OffsetRange[]
  readonly losses: OffsetRange[]
}

/** What a record costs beside its value: a row of offsets, times and lengths. */
const recordBytes = 64

export function emptyDraft(partition: number, firstOffset: bigint, openedAt: number): ChunkDraft {
  return { partition, firstOffset, openedAt, nextOffset: firstOffset, bytes: 0, records: [], gaps: [], losses: [] }
}

/**
 * Adds a slice. Afterwards every offset of the draft is a record, a gap or a loss: a slice that starts beyond the draft's
 * end says that the log lost what lies between; what a slice covers without a record never was one. Records below the
 * draft's end are there already and are passed over.
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

/** True where the draft was begun by then, or its oldest record is that old. What only a producer dates is of any age. */
export function isOpenedBy({ openedAt, records: [oldest] }: ChunkDraft, epochMs: number): boolean {
  return openedAt <= epochMs || (oldest?.hasLogTime === true && Number(oldest.timestamp) <= epochMs)
}

/** What a draft holds from `from` on, as a draft of its own. */
export function draftFrom(draft: ChunkDraft, from: bigint): ChunkDraft {
  const next = emptyDraft(draft.partition, from, draft.openedAt)
  let firstOffset = from
  const stretches = [
    ...draft.losses.filter((loss) => loss.nextOffset > from),
    { firstOffset: draft.nextOffset, nextOffset: draft.nextOffset },
  ]
  for (const { firstOffset: nextOffset, nextOffset: continuesAt } of stretches) {
    const records = draft.records.filter(({ offset }) => offset >= firstOffset && offset < nextOffset)
    // An empty stretch still says that a loss ended there.
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
