import { z } from 'zod'
import { AppError } from '../errors.ts'
import { jsonCheck, parseJson } from './json-object.ts'
import { noRanges, rangesJson } from './offset-ranges.ts'
import type { PartitionRanges } from './offset-ranges.ts'
import { withBytes } from './object-bytes.ts'
import { encodeWithDigest, sha256Of } from './own-digest.ts'
import type { CheckedObject, ObjectBody, ObjectCheck, ObjectStore } from '../ports/store.ts'

const offset = z
  .string()
  .regex(/^\d{1,19}$/)
  .transform(BigInt)

const offsets = z
  .record(z.string().regex(/^\d+$/), z.string().regex(/^\d{1,19}$/))
  .transform(
    (record): ReadonlyMap<number, bigint> =>
      new Map(Object.entries(record).map(([partition, offset]) => [Number(partition), BigInt(offset)])),
  )

const losses = z
  .record(z.string().regex(/^\d+$/), z.array(z.tuple([offset, offset])))
  .transform(
    (record): PartitionRanges =>
      new Map(
        Object.entries(record).map(([partition, ranges]) => [
          Number(partition),
          ranges.map(([firstOffset, nextOffset]) => ({ firstOffset, nextOffset })),
        ]),
      ),
  )

const DataFile = z.object({
  key: z.string(),
  rows: z.int().min(0),
  bytes: z.int().min(0),
  /** Oldest and newest event time of its rows, epoch milliseconds. A table's files are in this order. */
  time_from: z.int(),
  time_to: z.int(),
  /** SHA-256 of the file, hexadecimal. Null if a generation of format 1 made the file. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable()
    .default(null),
})
export type DataFile = Readonly<z.output<typeof DataFile>>

const Body = z.object({
  /** Manifests of format 1 hold no digest. */
  format: z.literal([1, 2]),
  dataset: z.string(),
  generation: z.int().min(1),
  /** The generation before this one, of whatever declaration; 0 if this is the first. */
  predecessor: z.int().min(0),
  /** Of each declaration the newest generation before this one. Manifests did not always say it. */
  predecessors: z.record(z.string(), z.int().min(1)).optional(),
  run_id: z.string(),
  declaration: z.string(),
  /** The hash of all that decided the verdicts. Generations that were made before verdicts were kept do not have it. */
  contract: z.string().optional(),
  topic: z.string(),
  log_identity: z.string(),
  tidemark: offsets,
  /** Offsets below the tidemark that the log deleted before they were archived. Absent if there are none. */
  lost: losses.default(noRanges),
  /**
   * The newest event time, never later than its reception; epoch milliseconds. Null before the first accepted event.
   */
  stream_time: z.int().nullable(),
  created_at: z.string(),
  /** How long the run took, in milliseconds. */
  run_ms: z.int().min(0),
  is_rebuild: z.boolean(),
  tables: z.record(z.string(), z.array(DataFile)),
})
/** One committed result of the batch layer for one dataset. */
export type Manifest = Readonly<z.output<typeof Body>>

export function manifestsFolder(dataset: string): string {
  return `manifests/${dataset}/`
}

export function manifestKey(dataset: string, generation: number): string {
  return `${manifestsFolder(dataset)}${String(generation).padStart(10, '0')}.json`
}

/** Who wrote a file of a table: a run of this declaration, and the first number that it could have committed. */
export type FileWriter = {
  readonly generation: number
  /** Null if the file was written when its key did not say it yet: then its run could have committed no other number. */
  readonly declaration: string | null
}

/** The beginning of the keys of the files that a run writes. A run's id begins with its declaration. */
export function runFolder(dataset: string, generation: number, runId: string): string {
  return `${dataset}/${String(generation).padStart(10, '0')}/${runId}/`
}

export function writerOf(key: string): FileWriter {
  const [, generation, runId = ''] = key.split('/')
  return { generation: Number(generation), declaration: /^([0-9a-f]+)-.{36}$/.exec(runId)?.[1] ?? null }
}

/** The number of the generation whose manifest has this key. */
export function generationOf(key: string): number {
  const digits = /\/(\d{10})\.json$/.exec(key)?.[1]
  if (digits === undefined)
    throw new AppError('MANIFEST_CORRUPT', `${key} does not belong among manifests: move it away`)
  return Number(digits)
}

export function encodeManifest(manifest: Manifest): Uint8Array {
  const tidemark = Object.fromEntries(
    [...manifest.tidemark].map(([partition, offset]) => [String(partition), String(offset)]),
  )
  const lost = Object.fromEntries([...manifest.lost].map(([partition, ranges]) => [partition, rangesJson(ranges)]))
  return encodeWithDigest({ ...manifest, tidemark, lost: manifest.lost.size === 0 ? undefined : lost })
}

const manifestCheck = jsonCheck({ code: 'MANIFEST_CORRUPT', mend: 'restore it from a copy of the store' })

/** A damaged table can be made anew, unlike the raw chunks that it was made of. */
export const tableFault: ObjectCheck['fault'] = {
  code: 'TABLE_CORRUPT',
  mend: 'restore it from a copy of the store, or make the tables anew with `tidemark batch run --rebuild`',
}

/** A table's file, checked against the digest in its manifest. */
export function checkedFile({ key, bytes, sha256 }: DataFile): CheckedObject {
  const isWhole = async (copy: ObjectBody) =>
    sha256 === null ? await withBytes(copy, async ({ size }) => size === bytes) : (await sha256Of(copy)) === sha256
  return { key, check: { isWhole, fault: tableFault } }
}

/** Throws MANIFEST_CORRUPT, naming the key. */
export async function loadManifest(store: ObjectStore, key: string): Promise<Manifest> {
  const body = await store.read(key, manifestCheck)
  if (body === null)
    throw new AppError(
      'OBJECT_MISSING',
      `${key} is gone from ${store.description}: manifests are never deleted, restore it from a copy of the store`,
    )
  try {
    const manifest = Body.parse(parseJson(body))
    if (manifest.generation !== generationOf(key))
      throw new TypeError(`it says it is generation ${manifest.generation}`)
    return manifest
  } catch (cause) {
    throw new AppError(
      'MANIFEST_CORRUPT',
      `${key} in ${store.description} is not a manifest of this version: ${manifestCheck.fault.mend}`,
      { cause },
    )
  }
}
