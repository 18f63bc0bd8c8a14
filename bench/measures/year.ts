import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { loadConfig } from '../../cli/parts/config.ts'
import { openFolderStore } from '../../connectors/folder/store.ts'
import { listGenerations, newestGeneration } from '../../schemas/formats/generations.ts'
import { manifestKey } from '../../schemas/formats/manifest.ts'
import { listNewestChunks } from '../../schemas/formats/raw-chain.ts'
import { chunkKey } from '../../schemas/formats/raw-chunk.ts'
import type { ObjectStore } from '../../schemas/ports/store.ts'
import { rsvp } from '../../schemas/rsvp/dataset.ts'
import { generateEvents } from '../events/generate-events.ts'
import type { Lab } from '../lab.ts'
import { simulateYear } from '../product/store-of-year.ts'
import { costOf, repeat } from '../product/timing.ts'
import { defineRow } from '../row.ts'

const [slow, fast] = [100, 10_000] as const
/** A year has more manifests, and more chunks at any rate: a folder with all of them would take minutes to fill. */
const keysMax = 35_000
const keysFew = 10
const eventsOfChunk = 1000
const writesAtOnce = 64
/** More than a raw chunk holds. */
const eventsMax = 100_000

/** What a store holds after a year, by the product's own rules. Nothing is written. */
async function simulate(lab: Lab) {
  const history = await lab.history()
  const manifest = await lab.withFolder((folder) => history.copyGenerationTo(folder))
  const yearAt = (eventsPerSecond: number) =>
    simulateYear({
      eventsPerSecond,
      events: generateEvents({ count: eventsMax, seed: 1 }),
      manifest,
      config: loadConfig({}),
    })
  return { slow: yearAt(slow), fast: yearAt(fast) }
}

type ListingTimes = {
  readonly newest: readonly number[]
  readonly chainEnd: readonly number[]
  readonly look: readonly number[]
}

/** Times what finds the newest objects of a folder store whose manifests and raw chunks hold a byte each: none is read. */
async function timeListings(lab: Lab, keys: number): Promise<ListingTimes> {
  return await lab.withFolder(async (folder) => {
    const store = await openFolderStore({ folder })
    try {
      await fill(store, keys)
      const times = async <T>(find: () => Promise<T>, expected: T): Promise<readonly number[]> =>
        await repeat(lab.runs, async () => {
          const { wallMs } = await costOf(async () => {
            const found = await find()
            if (found !== expected) throw new Error(`${String(found)} was found in place of ${String(expected)}`)
          })
          return wallMs
        })
      const lastChunk = async (): Promise<bigint | undefined> => {
        const chain = { partition: 0, from: 0n, logEnd: BigInt(keys * eventsOfChunk), bytesMin: 0 }
        return (await listNewestChunks(store, rsvp.topic, chain)).at(-1)?.firstOffset
      }
      return {
        newest: await times(() => newestGeneration(store, rsvp.name), keys),
        chainEnd: await times(lastChunk, BigInt((keys - 1) * eventsOfChunk)),
        look: await times(async () => (await listGenerations(store, rsvp.name, keys)).length, 0),
      }
    } finally {
      await store.close()
    }
  })
}

async function fill(store: ObjectStore, keys: number): Promise<void> {
  const numbers = Array.from({ length: keys }, (_, n) => n)
  const paths = numbers.flatMap((n) =>
    [manifestKey(rsvp.name, n + 1), chunkKey(rsvp.topic, 0, BigInt(n * eventsOfChunk))].map((key) => store.url(key)),
  )
  for (const folder of new Set(paths.map((path) => dirname(path)))) await mkdir(folder, { recursive: true })
  for (let first = 0; first < paths.length; first += writesAtOnce)
    await Promise.all(paths.slice(first, first + writesAtOnce).map((path) => writeFile(path, ' ')))
}

const many = `${keysMax.toLocaleString('en-US')} (the bench writes no more)`
const atSlow = `after a year at ${slow} events/s, simulated`
const atFast = `after a year at ${fast.toLocaleString('en-US')} events/s, simulated`
const newestManifest = 'finding the newest manifest, as a start and each batch tick do it'
const endOfChain = "finding the end of a partition's chain, as a start does it"
const oneLook = 'look for a newer generation, as each replica does it every two seconds'

export const year = defineRow({
  name: 'year',
  figures: {
    manifests: { title: 'manifests after a year of a batch run each minute, simulated', unit: 'objects' },
    slowChunks: { title: `raw chunks of a partition ${atSlow}; as many verdicts`, unit: 'objects' },
    fastChunks: { title: `raw chunks of a partition ${atFast}; as many verdicts`, unit: 'objects' },
    slowFiles: { title: `files of \`arrival\` in the newest manifest ${atSlow}`, unit: 'objects' },
    fastFiles: { title: `files of \`arrival\` in the newest manifest ${atFast}`, unit: 'objects' },
    slowManifest: { title: `the newest manifest ${atSlow}`, unit: 'MiB' },
    fastManifest: { title: `the newest manifest ${atFast}`, unit: 'MiB' },
    slowRows: {
      title: `rows of \`arrival\` that runs write, ${slow} events/s, simulated`,
      against: 'new rows',
      unit: 'x',
    },
    fastRows: {
      title: `rows of \`arrival\` that runs write, ${fast.toLocaleString('en-US')} events/s, simulated`,
      against: 'new rows',
      unit: 'x',
    },
    newest: { title: newestManifest, against: many, unit: 'ms' },
    newestFew: { title: newestManifest, against: `${keysFew}`, unit: 'ms' },
    chainEnd: { title: endOfChain, against: many, unit: 'ms' },
    chainEndFew: { title: endOfChain, against: `${keysFew}`, unit: 'ms' },
    look: { title: oneLook, against: `${many} manifests`, unit: 'ms' },
    lookFew: { title: oneLook, against: `${keysFew} manifests`, unit: 'ms' },
  },
  async measure(lab) {
    const after = await simulate(lab)
    const few = await timeListings(lab, keysFew)
    const most = await timeListings(lab, keysMax)
    const mebibytes = (bytes: number) => ({ samples: [bytes / 1024 ** 2] })
    return {
      manifests: { samples: [after.slow.manifests] },
      slowChunks: { samples: [after.slow.chunks] },
      fastChunks: { samples: [after.fast.chunks] },
      slowFiles: { samples: [after.slow.files] },
      fastFiles: { samples: [after.fast.files] },
      slowManifest: mebibytes(after.slow.manifestBytes),
      fastManifest: mebibytes(after.fast.manifestBytes),
      slowRows: { samples: [after.slow.rowsWritten] },
      fastRows: { samples: [after.fast.rowsWritten] },
      newest: { samples: most.newest },
      newestFew: { samples: few.newest },
      chainEnd: { samples: most.chainEnd },
      chainEndFew: { samples: few.chainEnd },
      look: { samples: most.look },
      lookFew: { samples: few.look },
    }
  },
})
