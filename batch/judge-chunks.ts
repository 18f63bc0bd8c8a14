import type { DefinedDataset } from '../schemas/declare/define-dataset.ts'
import { readsKeys } from '../schemas/sql/record-keys.ts'
import { chunksSql } from '../schemas/formats/raw-chain.ts'
import { recordCount } from '../schemas/formats/raw-chunk.ts'
import type { StoredFooter } from '../schemas/formats/raw-chunk.ts'
import type { Session } from '../schemas/ports/engine.ts'
import { createStagedSql, stageEvents } from '../schemas/sql/stage-events.ts'

/** Local copies of raw chunks of one partition that follow one another. */
export type LocalChunk = { readonly path: string; readonly footer: StoredFooter }

/** Makes the table `staged` and fills it with the events of chunks. */
export type StageChunks = (session: Session, staged: string, chunks: readonly LocalChunk[]) => Promise<void>

export type Judging = {
  readonly dataset: DefinedDataset
  /** When we had read the records at the latest, for chunks of the old format, which do not say it. */
  readonly readAtMs: number
}

/** Makes an empty table of staged events. The chunks say what their records look like. */
export async function createStaged(
  judging: Judging,
  session: Session,
  staged: string,
  chunks: readonly LocalChunk[],
): Promise<void> {
  await session.run(createStagedSql(judging.dataset, { source: recordsSql(judging, chunks), staged }))
}

/** Judges and parses the events of chunks into the empty table `staged`. */
export async function judgeChunks(
  judging: Judging,
  session: Session,
  staged: string,
  chunks: readonly LocalChunk[],
): Promise<void> {
  if (chunks.length === 0) return
  const recordTotal = chunks.reduce((sum, { footer }) => sum + recordCount(footer), 0n)
  await stageEvents(session, {
    dataset: judging.dataset,
    source: recordsSql(judging, chunks),
    staged,
    recordCount: Number(recordTotal),
  })
}

function recordsSql({ dataset, readAtMs }: Judging, chunks: readonly LocalChunk[]): string {
  return chunksSql({
    paths: chunks.map(({ path }) => path),
    footers: chunks.map(({ footer }) => footer),
    readAtMs,
    withKeys: readsKeys(dataset),
  })
}
