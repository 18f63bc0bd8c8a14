import { verifyDataset } from '../../../batch/verify/verify.ts'
import type { VerifyOptions, VerifyReport } from '../../../batch/verify/verify.ts'
import { encodeManifest, loadManifest, manifestKey } from '../../../schemas/formats/manifest.ts'
import type { DataFile, Manifest } from '../../../schemas/formats/manifest.ts'
import { rsvp } from '../../../schemas/rsvp/dataset.ts'
import { brokenRecord, rsvpRecord, rsvpRecords } from '../../support/make-rsvp.ts'
import type { Workbench } from '../../support/workbench.ts'

const threeChunks = [
  rsvpRecords(1, 3),
  [rsvpRecord({ id: 1, mtime: 1_489_921_000_000, response: 'no' }), brokenRecord('{'), ...rsvpRecords(5, 1)],
  rsvpRecords(6, 2),
]

let made: ReadonlyMap<string, Uint8Array> | null = null

/** Two generations over three chunks: [0, 3), [3, 6) and [6, 8). Made once; a test gets a copy of its own. */
export async function twoGenerations(bench: Workbench): Promise<Manifest> {
  if (made === null) {
    for (const [chunk, records] of threeChunks.entries()) {
      await bench.log.append('rsvp', records)
      await bench.archive()
      if (chunk > 0) await bench.generation()
    }
    made = new Map(
      await Promise.all(
        bench.store.keys().map(async (key) => [key, (await bench.store.read(key)) ?? Buffer.alloc(0)] as const),
      ),
    )
  } else {
    await bench.log.append('rsvp', threeChunks.flat())
    for (const [key, body] of made) await bench.store.putIfAbsent(key, body)
  }
  return await loadManifest(bench.store, manifestKey('rsvp', 2))
}

/** A file as a generation of format 1 names it. */
export function undigested(file: DataFile): DataFile {
  return { ...file, sha256: null }
}

export async function verify(bench: Workbench, options: Partial<VerifyOptions> = {}): Promise<VerifyReport> {
  const { openEngine, workFolder, segmentBytesMax } = bench.batchOptions()
  return await verifyDataset({
    dataset: rsvp,
    log: bench.log,
    store: bench.store,
    openEngine,
    workFolder,
    groupBytesMax: 1_000_000,
    segmentBytesMax,
    examplesMax: 3,
    ...options,
  })
}

/** Changes what a manifest says: a store that was tampered with. */
export async function retell(bench: Workbench, generation: number, change: Partial<Manifest>): Promise<void> {
  const key = manifestKey('rsvp', generation)
  bench.store.replace(key, encodeManifest({ ...(await loadManifest(bench.store, key)), ...change }))
}

/** Each as `check: subject message [examples]`. */
export function said({ differences }: VerifyReport): readonly string[] {
  return differences.map(
    ({ check, subject, message, examples }) =>
      `${check}: ${subject} ${message}${examples.length === 0 ? '' : ` [${examples.join('; ')}]`}`,
  )
}
