import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openArchiver } from '../../../batch/archive/archiver.ts'
import { hasCode } from '../../../schemas/errors.ts'
import { chunkKey } from '../../../schemas/formats/raw-chunk.ts'
import { MemoryLog } from '../../fakes/memory-log.ts'
import { brokenRecord, receivedMs, rsvpRecords } from '../../support/make-rsvp.ts'
import { Workbench } from '../../support/workbench.ts'

function texts(from: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `event ${from + i}`)
}

function records(from: number, count: number) {
  return texts(from, count).map(brokenRecord)
}

/** Of each chunk what the chain is made of. */
function ranges(chunks: readonly { firstOffset: bigint; nextOffset: bigint }[]) {
  return chunks.map(({ firstOffset, nextOffset }) => [firstOffset, nextOffset])
}

describe('archiving the log', () => {
  let bench: Workbench

  beforeEach(async () => {
    bench = await Workbench.open()
  })

  afterEach(async () => {
    await bench.close()
  })

  it('keeps bytes, keys, headers and times exactly as the log has them', async () => {
    const value = Buffer.from([0xff, 0x00, 0xfe, 0x0a, 0xc3, 0x28])
    await bench.log.append('rsvp', [
      { key: Buffer.from([0x80]), headers: [{ key: 'trace', value: Buffer.from([0xff, 0x01]) }], value },
    ])
    await bench.archive()
    const [row] = await bench.read(
      [chunkKey('rsvp', 0, 0n)],
      `SELECT "partition", "offset", "timestamp", has_log_time, "key", headers[1]."key" AS header, headers[1]."value" AS header_value, value FROM $files`,
    )
    expect(row).toEqual({
      partition: 0,
      offset: 0n,
      timestamp: 1_489_930_000_000n,
      has_log_time: true,
      key: Buffer.from([0x80]),
      header: 'trace',
      header_value: Buffer.from([0xff, 0x01]),
      value,
    })
  })

  it('continues the chain where the last archiver ended', async () => {
    await bench.log.append('rsvp', records(0, 3))
    await bench.archive()
    await bench.log.append('rsvp', records(3, 2))
    expect(await bench.archive()).toEqual(new Map([[0, 5n]]))
    expect(ranges(await bench.chunks())).toEqual([
      [0n, 3n],
      [3n, 5n],
    ])
    expect((await bench.archived()).map(({ text }) => text)).toEqual(texts(0, 5))
  })

  it('makes no chunk where nothing is new', async () => {
    await bench.log.append('rsvp', records(0, 3))
    await bench.archive()
    const before = bench.store.keys()
    await bench.archive()
    expect(bench.store.keys()).toEqual(before)
  })

  it('makes a chunk whenever the records read reach the size given, without room or overlap between chunks', async () => {
    const log = new MemoryLog({ sliceRecordsMax: 10 })
    await log.ensureTopic('rsvp')
    await log.append('rsvp', records(0, 95))
    await bench.archive({ log, chunkBytesMax: 30 * 70 })
    const chunks = await bench.chunks()
    expect(chunks.length).toBeGreaterThan(2)
    for (const [index, chunk] of chunks.entries()) expect(chunk.firstOffset).toBe(chunks[index - 1]?.nextOffset ?? 0n)
    expect((await bench.archived()).map(({ text }) => text)).toEqual(texts(0, 95))
    await log.close()
  })

  it('archives nothing twice when the put times out but succeeded', async () => {
    await bench.log.append('rsvp', records(0, 3))
    await bench.archive()
    await bench.log.append('rsvp', records(3, 3))
    bench.store.failNextPut('timeout-after')
    await expect(bench.archive()).rejects.toSatisfy((error) => hasCode(error, 'STORE_UNREACHABLE'))
    await bench.log.append('rsvp', records(6, 3))
    await bench.archive()
    expect(ranges(await bench.chunks())).toEqual([
      [0n, 3n],
      [3n, 6n],
      [6n, 9n],
    ])
    expect((await bench.archived()).map(({ text }) => text)).toEqual(texts(0, 9))
  })

  it('loses nothing when the put fails', async () => {
    await bench.log.append('rsvp', records(0, 3))
    await bench.archive()
    await bench.log.append('rsvp', records(3, 3))
    bench.store.failNextPut('error-before')
    await expect(bench.archive()).rejects.toSatisfy((error) => hasCode(error, 'STORE_UNREACHABLE'))
    await bench.archive()
    expect((await bench.archived()).map(({ text }) => text)).toEqual(texts(0, 6))
  })

  it('ends when a put fails while it follows, so that nobody takes it for alive', async () => {
    await bench.archive()
    bench.store.failNextPut('error-before')
    const archiver = await openArchiver(await bench.archiveOptions({ chunkBytesMax: 1 }))
    await bench.log.append('rsvp', records(0, 1))
    await expect(archiver.ended).rejects.toSatisfy((error) => hasCode(error, 'STORE_UNREACHABLE'))
    await archiver.close()
  })

  it('loses a chunk to a faster archiver and goes on behind it, with what it had read beyond', async () => {
    await bench.archive()
    await bench.log.append('rsvp', records(0, 6))
    const behind = new MemoryLog({ now: () => receivedMs })
    await behind.ensureTopic('rsvp')
    await behind.append('rsvp', records(0, 4))
    bench.store.beforeNextPut(async () => void (await bench.archive({ log: behind })))
    expect(await bench.archive()).toEqual(new Map([[0, 6n]]))
    expect(ranges(await bench.chunks())).toEqual([
      [0n, 4n],
      [4n, 6n],
    ])
    expect((await bench.archived()).map(({ text }) => text)).toEqual(texts(0, 6))
    await behind.close()
  })

  it('loses a chunk to an archiver that has read more, and takes nothing of it twice', async () => {
    await bench.archive()
    await bench.log.append('rsvp', records(0, 4))
    bench.store.beforeNextPut(async () => {
      await bench.log.append('rsvp', records(4, 3))
      await bench.archive()
    })
    await bench.archive()
    await bench.log.append('rsvp', records(7, 1))
    await bench.archive()
    expect(ranges(await bench.chunks())).toEqual([
      [0n, 7n],
      [7n, 8n],
    ])
    expect((await bench.archived()).map(({ text }) => text)).toEqual(texts(0, 8))
  })

  it('lets ten archivers of one log race and still has every offset exactly once', async () => {
    await bench.log.append('rsvp', rsvpRecords(1, 200))
    const racing = Array.from({ length: 10 }, (_, i) => bench.archive({ chunkBytesMax: 5_000 * (i + 1) }))
    for (const ends of await Promise.all(racing)) expect(ends).toEqual(new Map([[0, 200n]]))
    const chunks = await bench.chunks()
    for (const [index, chunk] of chunks.entries()) expect(chunk.firstOffset).toBe(chunks[index - 1]?.nextOffset ?? 0n)
    expect((await bench.archived()).map(({ offset }) => offset)).toEqual(
      Array.from({ length: 200 }, (_, i) => BigInt(i)),
    )
  })

  it('records offsets that the log never held as gaps', async () => {
    await bench.log.append('rsvp', records(0, 2))
    bench.log.insertGap('rsvp', 0, 3n)
    await bench.log.append('rsvp', records(5, 1))
    bench.log.insertGap('rsvp', 0, 1n)
    await bench.archive()
    expect(await bench.chunks()).toEqual([
      expect.objectContaining({
        firstOffset: 0n,
        nextOffset: 7n,
        gaps: [
          { firstOffset: 2n, nextOffset: 5n },
          { firstOffset: 6n, nextOffset: 7n },
        ],
        losses: [],
      }),
    ])
  })

  it('archives a stretch that is nothing but a gap, so that the chain reaches the end of the log', async () => {
    await bench.log.append('rsvp', records(0, 1))
    await bench.archive()
    bench.log.insertGap('rsvp', 0, 4n)
    expect(await bench.archive()).toEqual(new Map([[0, 5n]]))
    expect(ranges(await bench.chunks())).toEqual([
      [0n, 1n],
      [1n, 5n],
    ])
  })

  it('records offsets that the log deleted before they were archived as losses', async () => {
    await bench.log.append('rsvp', records(0, 2))
    await bench.archive()
    await bench.log.append('rsvp', records(2, 5))
    bench.log.lose('rsvp', 0, 5n)
    await bench.archive()
    expect((await bench.chunks())[1]).toMatchObject({
      firstOffset: 2n,
      nextOffset: 7n,
      gaps: [],
      losses: [{ firstOffset: 2n, nextOffset: 5n }],
    })
    expect((await bench.archived()).map(({ offset }) => offset)).toEqual([0n, 1n, 5n, 6n])
  })

  it('records a loss also where nothing is left behind it', async () => {
    await bench.log.append('rsvp', records(0, 1))
    await bench.archive()
    await bench.log.append('rsvp', records(1, 4))
    bench.log.lose('rsvp', 0, 5n)
    expect(await bench.archive()).toEqual(new Map([[0, 5n]]))
    expect((await bench.chunks())[1]).toMatchObject({ losses: [{ firstOffset: 1n, nextOffset: 5n }] })
  })

  it('starts a chain where the log starts', async () => {
    await bench.log.append('rsvp', records(0, 5))
    bench.log.lose('rsvp', 0, 3n)
    await bench.archive()
    expect(await bench.chunks()).toEqual([expect.objectContaining({ firstOffset: 3n, nextOffset: 5n, losses: [] })])
  })

  it('follows a partition that appears while it runs', async () => {
    const archiver = await openArchiver(await bench.archiveOptions({ chunkBytesMax: 1 }))
    bench.log.addPartition('rsvp')
    await bench.log.append(
      'rsvp',
      [...records(0, 1), ...records(1, 1)].map((record, i) => ({ ...record, key: Buffer.from(`key ${i}`) })),
    )
    await bench.log.append('rsvp', records(2, 6))
    await bench.archive()
    await archiver.close()
    const archivedTexts = [...(await bench.archived(0)), ...(await bench.archived(1))].map(({ text }) => text)
    expect(archivedTexts.toSorted()).toEqual(texts(0, 8))
    expect(await bench.archived(1)).not.toEqual([])
  })
})
