import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { withProduct } from '../product/product.ts'
import type { Product } from '../product/product.ts'
import type { Manifest } from '../../schemas/formats/manifest.ts'
import { rsvp } from '../../schemas/rsvp/dataset.ts'
import { generateEvents } from './generate-events.ts'
import { linkRaw, linkStore } from './link-store.ts'
import { writeLines } from './write-lines.ts'

/** What arrives after the history, for incremental runs: so many times so many events, a raw chunk each. */
export const tail = { parts: 10, events: 10_000 } as const

/** The embedded log keeps so many events; what is archived of a longer history is trimmed, as the product does. */
export const logEventsMax = 2_000_000

const appendEvents = 2000

export type History = {
  readonly events: number
  /** With those that arrive after it. */
  readonly total: number
  /** The raw chunks, as a pattern of files. */
  readonly chunks: string
  /** True if the log holds the whole history. */
  readonly isInLog: boolean
  /**
   * The events as a file of lines, for peers. Each line is an event with two more fields before its own: `log_offset`,
   * and `received_at` in epoch milliseconds.
   */
  lines(): Promise<string>
  /**
   * Makes `folder` a data folder with the history's log, and raw chunks of the first `events` events, or none. They are
   * links: nothing is copied. Call it again for more chunks.
   */
  copyTo(folder: string, events: number): Promise<void>
  /** As `copyTo`, with all events of the history and their generation, which is made when it is first asked for. */
  copyGenerationTo(folder: string): Promise<Manifest>
  /** The same for a service, which gets a log of its own: it appends events. */
  copyForServiceTo(folder: string): Promise<Manifest>
}

const Ready = z.object({ events: z.int() })

/** Opens the history in `folder`, or makes it: log and raw chunks of generated events, never all in memory. */
export async function openHistory(folder: string, events: number): Promise<History> {
  const ready = join(folder, 'ready.json')
  const isReady = existsSync(ready) && Ready.parse(JSON.parse(await readFile(ready, 'utf8'))).events === events
  if (!isReady) {
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true })
    await withProduct(folder, (product) => fill(product, events))
    await writeFile(ready, JSON.stringify({ events }))
  }
  const store = join(folder, 'store')
  const chunks = join(store, 'raw', rsvp.topic, '0', '*.parquet')
  const copyTo = async (to: string, upTo: number): Promise<void> => {
    await mkdir(to, { recursive: true })
    if (!existsSync(join(to, 'log'))) await symlink(join(folder, 'log'), join(to, 'log'))
    if (upTo > 0) await linkRaw(store, join(to, 'store'), BigInt(upTo))
  }
  const first = join(folder, 'generation')
  const makeGeneration = async (): Promise<Manifest> => {
    await rm(first, { recursive: true, force: true })
    await copyTo(first, events)
    return await withProduct(first, (product) => product.run())
  }
  let generation: Promise<Manifest> | undefined
  const copyGenerationTo = async (to: string): Promise<Manifest> => {
    const manifest = await (generation ??= makeGeneration())
    await copyTo(to, events)
    await linkStore(join(first, 'store'), join(to, 'store'), ['manifests', rsvp.name])
    return manifest
  }
  return {
    events,
    total: totalOf(events),
    chunks,
    isInLog: events <= logEventsMax,
    async lines() {
      const file = join(folder, 'events.ndjson')
      if (!existsSync(file)) await writeLines({ chunks, events, file })
      return file
    },
    copyTo,
    copyGenerationTo,
    async copyForServiceTo(to) {
      await mkdir(to, { recursive: true })
      await cp(join(folder, 'log'), join(to, 'log'), { recursive: true })
      return await copyGenerationTo(to)
    },
  }
}

function totalOf(events: number): number {
  return events + tail.parts * tail.events
}

async function fill(product: Product, events: number): Promise<void> {
  const { log } = product.plumbing
  let [batch, appended]: [Uint8Array[], number] = [[], 0]
  for (const event of generateEvents({ count: totalOf(events), seed: 1 })) {
    batch.push(event)
    const ends = appended + batch.length
    const isBorder = ends === events || (ends > events && (ends - events) % tail.events === 0)
    if (batch.length < appendEvents && !isBorder) continue
    await log.append(
      rsvp.topic,
      batch.map((value) => ({ key: null, value })),
    )
    appended = ends
    batch = []
    if (!isBorder && appended % logEventsMax !== 0) continue
    await product.archive()
    if (events > logEventsMax) await log.trim(rsvp.topic, new Map([[0, BigInt(appended)]]), 0)
  }
}
