import { expect, it, onTestFinished } from 'vitest'
import { chunkKey } from '../../schemas/formats/raw-chunk.ts'
import { brokenRecord } from '../support/make-rsvp.ts'
import { Workbench } from '../support/workbench.ts'

const eventsPerChunk = 2

/** Other producers may put longer events on the log than ours would take, so they are planted in the chunks. */
async function addLongEvents(bench: Workbench, firstChunk: number, chunks: number): Promise<void> {
  for (let n = firstChunk; n < firstChunk + chunks; n += 1) {
    await bench.log.append(
      'rsvp',
      Array.from({ length: eventsPerChunk }, () => brokenRecord('x')),
    )
    await bench.archive()
    await bench.rewrite(
      chunkKey('rsvp', 0, BigInt(n * eventsPerChunk)),
      `SELECT * REPLACE (repeat('x' || "offset", 5000000)::BLOB AS value) FROM $file`,
    )
  }
}

it('events of 10 MB are rejected and stop no run, a first one, an increment or a rebuild', async () => {
  const bench = await Workbench.open()
  onTestFinished(() => bench.close())
  await addLongEvents(bench, 0, 12)
  await bench.generation({ groupBytesMax: 1_000_000_000 })
  await addLongEvents(bench, 12, 2)
  for (const isRebuild of [false, true]) {
    const rejected = await bench.rows(await bench.generation({ isRebuild, groupBytesMax: 1_000_000_000 }), 'rejected')
    expect(rejected).toHaveLength(14 * eventsPerChunk)
    expect(rejected[3]).toMatchObject({ log_offset: 3n, reason: expect.stringMatching(/longer than 2097152 bytes/) })
    expect(rejected[3]?.['value']).toHaveLength(65_536)
  }
})
