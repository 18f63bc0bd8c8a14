import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { collectGarbage } from '../../batch/gc.ts'
import type { Garbage } from '../../batch/gc.ts'
import { encodeManifest, manifestKey } from '../../schemas/formats/manifest.ts'
import { verdictKey } from '../../schemas/formats/verdict.ts'
import { MemoryStore } from '../fakes/memory-store.ts'
import { makeManifest } from '../support/make-manifest.ts'

const hour = 3_600_000
const start = Date.parse('2026-01-01T00:00:00Z')

describe('deleting files that no generation needs', () => {
  let store: MemoryStore

  beforeEach(() => {
    store = new MemoryStore()
  })

  afterEach(async () => {
    await store.close()
  })

  /** A committed generation that names the files given, made at `hours`. */
  async function commit(generation: number, hours: number, files: readonly string[], contract?: string): Promise<void> {
    const manifest = makeManifest({
      generation,
      created_at: new Date(start + hours * hour).toISOString(),
      ...(contract === undefined ? {} : { contract }),
      tables: { rsvp: files.map((key) => ({ key, rows: 1, bytes: 4, time_from: 0, time_to: 0, sha256: null })) },
    })
    await store.putIfAbsent(manifestKey('rsvp', generation), encodeManifest(manifest))
  }

  async function file(generation: number, name: string, hours: number): Promise<string> {
    const key = `rsvp/${String(generation).padStart(10, '0')}/run/${name}.parquet`
    await store.putIfAbsent(key, Buffer.from('PAR1'))
    store.setModifiedAt(key, new Date(start + hours * hour))
    return key
  }

  /** Generations 1 to 5, an hour apart, each with a file of its own and one that all share. */
  async function fiveGenerations(): Promise<void> {
    const shared = await file(1, 'shared', 1)
    for (let generation = 1; generation <= 5; generation += 1) {
      await commit(generation, generation, [shared, await file(generation, 'own', generation)])
    }
  }

  async function collect(
    hours: number,
    options: { keep?: number; graceHours?: number; isDryRun?: boolean } = {},
  ): Promise<readonly string[]> {
    return named(
      await collectGarbage({
        store,
        dataset: 'rsvp',
        keepGenerations: options.keep ?? 2,
        graceMs: (options.graceHours ?? 1) * hour,
        now: start + hours * hour,
        isDryRun: options.isDryRun ?? false,
      }),
    )
  }

  it('deletes the files of older generations that no retained one names', async () => {
    await fiveGenerations()
    expect(await collect(100)).toEqual(['1/own', '2/own', '3/own'])
    expect(
      store
        .keys()
        .filter((key) => key.startsWith('rsvp/'))
        .map(short),
    ).toEqual(['1/shared', '4/own', '5/own'])
  })

  it('never deletes a manifest', async () => {
    await fiveGenerations()
    await collect(100, { keep: 1, graceHours: 0 })
    expect(store.keys().filter((key) => key.startsWith('manifests/'))).toHaveLength(5)
  })

  it('never deletes raw chunks, chain starts or another dataset', async () => {
    await fiveGenerations()
    const others = [
      'raw/rsvp/0/00000000000000000000.parquet',
      'chains/rsvp/0.json',
      'rsvpother/0000000001/run/own.parquet',
      'sensor/0000000001/run/own.parquet',
    ]
    for (const key of others) {
      await store.putIfAbsent(key, Buffer.from('kept'))
      store.setModifiedAt(key, new Date(0))
    }
    await collect(100, { keep: 1, graceHours: 0 })
    expect(store.keys()).toEqual(expect.arrayContaining(others))
  })

  it('leaves the files of a generation that is not committed, however old: its run may still commit it', async () => {
    await fiveGenerations()
    const running = await file(6, 'running', -1000)
    await collect(100, { keep: 1, graceHours: 0 })
    expect(store.keys()).toContain(running)
  })

  it('deletes what a run left behind that lost its number, once the grace is over', async () => {
    await fiveGenerations()
    await file(5, 'loser', 5)
    expect(await collect(5.5)).not.toContain('5/loser')
    expect(await collect(6)).toContain('5/loser')
  })

  it('gives readers the grace from when a generation was replaced, not from when it was made', async () => {
    await commit(1, 0, [await file(1, 'own', 0)])
    await commit(2, 100, [await file(2, 'own', 100)])
    await commit(3, 100, [await file(3, 'own', 100)])
    expect(await collect(100.5, { keep: 1 })).toEqual([])
    expect(await collect(101, { keep: 1 })).toEqual(['1/own', '2/own'])
  })

  /** A verdict by rules with this hash, written at `hours`. */
  async function verdict(contractHash: string, hours: number, name = 'rsvp'): Promise<string> {
    const key = verdictKey({ name, contractHash }, { topic: 'rsvp', partition: 0, firstOffset: 3n, digest: null })
    await store.putIfAbsent(key, Buffer.from('PAR1'))
    store.setModifiedAt(key, new Date(start + hours * hour))
    return key
  }

  it('deletes verdicts by rules that no retained generation names, once their grace is over', async () => {
    const old = await verdict('a'.repeat(16), 1)
    const [current, newest] = [await verdict('b'.repeat(16), 1), await verdict('c'.repeat(16), 1)]
    const young = await verdict('d'.repeat(16), 99.5)
    for (const [index, contract] of ['a', 'a', 'b', 'c'].entries())
      await commit(index + 1, index, [], contract.repeat(16))
    const others = [await verdict('a'.repeat(16), 1, 'sensor'), await verdict('a'.repeat(16), 1, 'rsvp2')]
    expect(await collect(2.5, { keep: 1 })).toEqual([])
    await collect(100, { keep: 2, isDryRun: true })
    expect(store.keys()).toContain(old)
    await collect(100, { keep: 2 })
    expect(store.keys().filter((key) => key.startsWith('verdicts/'))).toEqual(
      [...others, current, newest, young].toSorted(),
    )
  })

  it('keeps no verdicts of a dataset whose generations name no rules, as versions before verdicts made them', async () => {
    await commit(1, 1, [])
    await verdict('a'.repeat(16), 1)
    await collect(100)
    expect(store.keys().filter((key) => key.startsWith('verdicts/'))).toEqual([])
  })

  it('only says what it would delete when asked for that', async () => {
    await fiveGenerations()
    const before = store.keys()
    expect(await collect(100, { isDryRun: true })).toEqual(['1/own', '2/own', '3/own'])
    expect(store.keys()).toEqual(before)
  })

  it('deletes nothing where nothing was committed', async () => {
    await file(1, 'own', -1000)
    expect(await collect(100)).toEqual([])
    expect(store.keys()).toHaveLength(1)
  })

  it('deletes nothing where a manifest that it must know cannot be read', async () => {
    await fiveGenerations()
    store.replace(manifestKey('rsvp', 4), Buffer.from('{'))
    const before = store.keys()
    await expect(collect(100)).rejects.toThrow(/0000000004\.json.*is damaged/)
    expect(store.keys()).toEqual(before)
  })
})

function named({ deleted }: Garbage): readonly string[] {
  return deleted.map(({ key }) => short(key))
}

/** `1/own` of `rsvp/0000000001/run/own.parquet`. */
function short(key: string): string {
  const [, generation = '', , name = ''] = key.split('/')
  return `${Number(generation)}/${name.replace('.parquet', '')}`
}
