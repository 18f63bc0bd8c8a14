import type { DefinedDataset } from '../../../schemas/declare/define-dataset.ts'
import { loadNewestOf, loadOthers } from '../../../schemas/formats/generations.ts'
import { listChunks, loadChainStarts } from '../../../schemas/formats/raw-chain.ts'
import type { ObjectStore } from '../../../schemas/ports/store.ts'
import { bytesText, countText } from '../../output/text-columns.ts'

/** What the next batch run will do to the generations of the store. */
export type StoredGenerations = {
  /** The newest one of this declaration, or else of whatever declaration; 0 if there is none. */
  readonly generation: number
  readonly isRebuild: boolean
  /** Whether a rebuild judges every event again, because the contract or the columns read it otherwise. */
  readonly isJudgedAgain: boolean
  /** What a rebuild reads. */
  readonly chunks: number
  readonly bytes: number
  /** How many offsets lie below the newest tidemark. */
  readonly events: bigint
}

/** Reads manifests and lists raw chunks; the log is not asked. */
export async function loadStored(store: ObjectStore, dataset: DefinedDataset): Promise<StoredGenerations> {
  const { newest, own } = await loadNewestOf(store, dataset)
  const manifest = own ?? newest
  const others = newest === null ? [] : await loadOthers(store, newest, dataset.hash)
  const starts = await loadChainStarts(store, dataset.topic)
  let [chunks, bytes, events] = [0, 0, 0n]
  for (const { partition, firstOffset } of starts) {
    const found = await listChunks(store, dataset.topic, { partition, from: firstOffset })
    chunks += found.length
    bytes += found.reduce((sum, chunk) => sum + chunk.bytes, 0)
    const tidemark = manifest?.tidemark.get(partition) ?? firstOffset
    if (tidemark > firstOffset) events += tidemark - firstOffset
  }
  return {
    generation: manifest?.generation ?? 0,
    isRebuild: newest !== null && own === null,
    isJudgedAgain: newest !== null && [own, ...others].every((each) => each?.contract !== dataset.contractHash),
    chunks,
    bytes,
    events,
  }
}

export function describeStored(stored: StoredGenerations): string {
  const { generation, isRebuild, isJudgedAgain, chunks, bytes, events } = stored
  if (generation === 0) return 'the store has no generation yet'
  if (!isRebuild) return `generation ${generation} was made by this declaration, and stays`
  const raw = `${countText(chunks)} raw ${chunks === 1 ? 'chunk' : 'chunks'} (${bytesText(bytes)}, ${countText(Number(events))} events)`
  const verdicts = isJudgedAgain ? 'each event is judged again' : 'the verdicts stay'
  return `generation ${generation} was made by another declaration: the next batch run makes one of this beside it from ${raw}, ${verdicts}; replicas of the other declaration go on, those of this one wait for it`
}
