import { addSlice, emptyDraft } from '../../batch/archive/chunk-draft.ts'
import { planFiles } from '../../batch/plan-files.ts'
import type { Config } from '../../cli/parts/config.ts'
import { encodeManifest } from '../../schemas/formats/manifest.ts'
import type { DataFile, Manifest } from '../../schemas/formats/manifest.ts'

export type YearOptions = {
  readonly eventsPerSecond: number
  /** Events as they arrive, enough to fill a raw chunk. */
  readonly events: Iterable<Uint8Array>
  /** A manifest whose entries have the size that all have. */
  readonly manifest: Manifest
  readonly config: Pick<
    Config,
    'ARCHIVE_CHUNK_BYTES_MAX' | 'ARCHIVE_CHUNK_AGE_MS' | 'BATCH_CRON' | 'BATCH_FILE_ROWS_MAX'
  >
}

/** What a store holds of one dataset with one partition after a year of events at a steady rate. */
export type StoreOfYear = {
  readonly chunks: number
  readonly manifests: number
  /** The files of the table `arrival`, which has a row for each accepted event, that the newest manifest names. */
  readonly files: number
  /** How many rows of `arrival` the runs wrote for each row that was new. */
  readonly rowsWritten: number
  readonly manifestBytes: number
}

const daysOfYear = 365
const ticksOfDay = 24 * 60
const tickSeconds = 60

/**
 * Simulates a year of `start` on a configuration with a batch run each minute. A day of runs is planned by the batch
 * layer's own rules; the other days are like it, because a run writes no file again that is half full. Every run ends
 * before the next tick, which on a machine that is too slow it does not.
 */
export function simulateYear({ eventsPerSecond, events, manifest, config }: YearOptions): StoreOfYear {
  if (config.BATCH_CRON !== '* * * * *') throw new TypeError(`${config.BATCH_CRON} is not once a minute`)
  const chunkSeconds = Math.min(
    eventsOfChunk(events, config.ARCHIVE_CHUNK_BYTES_MAX) / eventsPerSecond,
    config.ARCHIVE_CHUNK_AGE_MS / 1000,
  )
  const day = planDay({ deltaRows: eventsPerSecond * tickSeconds, fileRowsMax: config.BATCH_FILE_ROWS_MAX })
  const files = daysOfYear * day.files
  return {
    // A tick closes the chunk that is open, so that the run has all that there is.
    chunks: daysOfYear * ticksOfDay * Math.ceil(tickSeconds / chunkSeconds),
    manifests: daysOfYear * ticksOfDay,
    files,
    rowsWritten: day.rowsWritten / (ticksOfDay * tickSeconds * eventsPerSecond),
    manifestBytes: bytesOfManifest(manifest, files),
  }
}

function eventsOfChunk(events: Iterable<Uint8Array>, bytesMax: number): number {
  const draft = emptyDraft(0, 0n, 0)
  for (const value of events) {
    const { nextOffset: offset } = draft
    const record = { offset, timestamp: 0n, hasLogTime: true, key: null, headers: [], value }
    addSlice(draft, { partition: 0, firstOffset: offset, nextOffset: offset + 1n, records: [record] })
    if (draft.bytes >= bytesMax) return draft.records.length
  }
  throw new RangeError(`${draft.records.length} events do not fill a raw chunk`)
}

type Runs = { readonly deltaRows: number; readonly fileRowsMax: number }

function planDay({ deltaRows, fileRowsMax }: Runs): { readonly files: number; readonly rowsWritten: number } {
  let [files, rowsWritten]: [readonly DataFile[], number] = [[], 0]
  for (let tick = 0; tick < ticksOfDay; tick += 1) {
    const plan = planFiles({ files, replacedRows: new Map(), deltaRows, fileRowsMax })
    const written = plan.rewritten.flatMap(({ sources, hasDelta }) => {
      const rows = sources.reduce((sum, file) => sum + file.rows, hasDelta ? deltaRows : 0)
      rowsWritten += rows
      return cutRows(rows, fileRowsMax)
    })
    files = [...plan.kept, ...written.map((rows, index) => fileOf(`${tick}-${index}`, rows))]
  }
  return { files: files.length, rowsWritten }
}

function cutRows(rows: number, fileRowsMax: number): readonly number[] {
  return Array.from({ length: Math.ceil(rows / fileRowsMax) }, (_, index) =>
    Math.min(fileRowsMax, rows - index * fileRowsMax),
  )
}

function fileOf(key: string, rows: number): DataFile {
  return { key, rows, bytes: 0, time_from: 0, time_to: 0, sha256: null }
}

/** A manifest has an entry for each file, and all entries are about as long. */
function bytesOfManifest(manifest: Manifest, files: number): number {
  const bytesWith = (count: number): number => {
    const arrival = Array.from({ length: count }, () => manifest.tables['arrival']?.[0]).filter(
      (file) => file !== undefined,
    )
    return encodeManifest({ ...manifest, tables: { ...manifest.tables, arrival } }).byteLength
  }
  const [one, two] = [bytesWith(1), bytesWith(2)]
  return one + (two - one) * (files - 1)
}
