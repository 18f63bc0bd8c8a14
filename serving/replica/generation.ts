import type { Declared } from '../../schemas/formats/generations.ts'
import { isoTime } from '../../schemas/formats/stream-time.ts'
import type { Manifest } from '../../schemas/formats/manifest.ts'
import { toJson } from '../../schemas/formats/tidemark.ts'

export type Size = { readonly files: number; readonly rows: number; readonly bytes: number }

/** The facts of a manifest, with the number and size of its files in place of their list. */
export type Generation = Pick<
  Manifest,
  'generation' | 'declaration' | 'topic' | 'tidemark' | 'stream_time' | 'created_at' | 'run_ms' | 'is_rebuild'
> & { readonly tables: Readonly<Record<string, Size>> }

/** The generations in the store. The newest may be one that no replica has attached yet. */
export type Generations = {
  /** Returns the generations of a declaration, newest first. */
  newest(dataset: Declared, limit: number): Promise<readonly Generation[]>
}

/** How many generations a caller may ask for; `otherwise` is for a caller who gives no number. */
export const generationsLimit = { min: 1, max: 100, otherwise: 20 } as const

export function generationOf(manifest: Manifest): Generation {
  const tables = Object.entries(manifest.tables).map(([table, files]) => {
    const sizes = files.map(({ rows, bytes }) => ({ files: 1, rows, bytes }))
    return [table, total(sizes)] as const
  })
  return { ...manifest, tables: Object.fromEntries(tables) }
}

export function generationJson(generation: Generation, nowMs: number): object {
  const { topic, tidemark, stream_time: streamTime, created_at: createdAt, tables } = generation
  return {
    generation: generation.generation,
    created_at: createdAt,
    age_ms: Math.max(0, nowMs - Date.parse(createdAt)),
    run_ms: generation.run_ms,
    is_rebuild: generation.is_rebuild,
    tidemark: toJson(topic, tidemark),
    stream_time: isoTime(streamTime),
    ...total(Object.values(tables)),
    tables,
  }
}

function total(sizes: readonly Size[]): Size {
  const sumOf = (member: keyof Size): number => sizes.reduce((sum, size) => sum + size[member], 0)
  return { files: sumOf('files'), rows: sumOf('rows'), bytes: sumOf('bytes') }
}
