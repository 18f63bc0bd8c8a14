import { AppError } from '../schemas/errors.ts'
import { writeDigest } from '../schemas/formats/own-digest.ts'
import { readPairs } from '../schemas/formats/raw-chain.ts'
import { recordCount } from '../schemas/formats/raw-chunk.ts'
import type { StoredFooter } from '../schemas/formats/raw-chunk.ts'
import {
  checkedVerdict,
  listVerdicts,
  requireVerdictOn,
  unusableVerdict,
  verdictKey,
  verdictMetadata,
} from '../schemas/formats/verdict.ts'
import type { Judge } from '../schemas/formats/verdict.ts'
import type { Session } from '../schemas/ports/engine.ts'
import type { ObjectStore } from '../schemas/ports/store.ts'
import { list, literal } from '../schemas/sql/sql-text.ts'
import { createStaged, judgeChunks } from './judge-chunks.ts'
import type { Judging, LocalChunk, StageChunks } from './judge-chunks.ts'
import { withWorkFile } from './work-file.ts'

export type VerdictStore = Judging & {
  readonly store: ObjectStore
  readonly workFolder: string
  /** Called with a sentence that names a verdict which cannot be believed. Its chunk is judged again. */
  readonly onUnusable: (message: string) => void
}

/** Stages events by the verdicts on the store. Chunks that have none are judged, and their verdicts are written. */
export function stageByVerdicts(verdicts: VerdictStore): StageChunks {
  return async (session, staged, chunks) => {
    const known = await knownChunks(verdicts, session, chunks)
    const unknown = chunks.filter((chunk) => !known.includes(chunk))
    await createStaged(verdicts, session, staged, chunks)
    await judgeChunks(verdicts, session, staged, unknown)
    for (const { footer } of unknown) await writeVerdict(verdicts, { session, staged, chunk: footer })
    if (known.length > 0) await insertVerdicts(verdicts, { session, staged, known })
  }
}

async function knownChunks(
  { store, dataset, onUnusable }: VerdictStore,
  session: Session,
  chunks: readonly LocalChunk[],
): Promise<readonly LocalChunk[]> {
  const keys = await listVerdicts(
    store,
    dataset,
    chunks.map(({ footer }) => footer),
  )
  const known: LocalChunk[] = []
  for (const chunk of chunks) {
    if (!keys.has(verdictKey(dataset, chunk.footer))) continue
    try {
      await withVerdict({ store, session, judge: dataset }, chunk.footer, async () => known.push(chunk))
    } catch (error) {
      if (!isUnusable(error)) throw error
      onUnusable(error.message)
    }
  }
  return known
}

/** True if a verdict is damaged, of another chunk or by other rules, or if gc has deleted it since it was listed. */
export function isUnusable(error: unknown): error is AppError {
  return error instanceof AppError && (error.code === 'VERDICT_CORRUPT' || error.code === 'OBJECT_MISSING')
}

export type VerdictReader = { readonly store: ObjectStore; readonly session: Session; readonly judge: Judge }

/** Calls `use` with SQL of the rows of the verdict on a chunk. Throws VERDICT_CORRUPT or OBJECT_MISSING. */
export async function withVerdict<T>(
  { store, session, judge }: VerdictReader,
  chunk: StoredFooter,
  use: (rows: string) => Promise<T>,
): Promise<T> {
  const key = verdictKey(judge, chunk)
  return await store.withFiles([checkedVerdict(key)], async ([path = '']) => {
    requireVerdictOn({ judge, chunk }, await readPairs(session, path))
    const rows = `read_parquet(${literal(path)})`
    const { partition, firstOffset, nextOffset } = chunk
    const isOfChunk = `_partition = ${partition} AND _offset >= ${firstOffset} AND _offset < ${nextOffset}`
    const [counted] = await session.rows(
      `SELECT count(*) AS n, count(DISTINCT _offset) FILTER (${isOfChunk}) AS own FROM ${rows}`,
    )
    if (counted?.['n'] !== recordCount(chunk) || counted['own'] !== counted['n'])
      throw unusableVerdict(key, `does not have one row for each of the ${recordCount(chunk)} records of its chunk`)
    return await use(rows)
  })
}

type JudgedChunk = { readonly session: Session; readonly staged: string; readonly chunk: StoredFooter }

/**
 * Writes the verdict on a chunk that was judged. The ORDER BY is total, so that all who judge a chunk write equal bytes
 * and it does not matter who was first.
 */
async function writeVerdict(
  { dataset, store, workFolder }: VerdictStore,
  { session, staged, chunk }: JudgedChunk,
): Promise<void> {
  // The verdict on a chunk of the old format is not a function of the chunk: such a chunk does not say when it was read.
  if (chunk.digest === null) return
  const pairs = Object.entries(verdictMetadata(dataset, chunk)).map(
    ([name, value]) => `${literal(name)}: ${literal(value)}`,
  )
  await withWorkFile(workFolder, async (file) => {
    await session.run(
      `COPY (FROM ${staged} WHERE _offset >= ${chunk.firstOffset} AND _offset < ${chunk.nextOffset} ORDER BY _offset) TO ${literal(file)} (FORMAT parquet, COMPRESSION zstd, KV_METADATA {${list(pairs)}})`,
    )
    await writeDigest(file, 'wideParquet')
    await store.putIfAbsent(verdictKey(dataset, chunk), { file })
  })
}

type KnownChunks = { readonly session: Session; readonly staged: string; readonly known: readonly LocalChunk[] }

async function insertVerdicts(
  { dataset, store }: VerdictStore,
  { session, staged, known }: KnownChunks,
): Promise<void> {
  const objects = known.map(({ footer }) => checkedVerdict(verdictKey(dataset, footer)))
  await store.withFiles(objects, (paths) =>
    session.run(`INSERT INTO ${staged} BY NAME FROM read_parquet([${list(paths.map(literal))}])`),
  )
}
