import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hasCode } from '../../../schemas/errors.ts'
import { chunkKey } from '../../../schemas/formats/raw-chunk.ts'
import { MemoryLog } from '../../fakes/memory-log.ts'
import { brokenRecord } from '../../support/make-rsvp.ts'
import { Workbench } from '../../support/workbench.ts'

function records(from: number, count: number) {
  return Array.from({ length: count }, (_, i) => brokenRecord(`event ${from + i}`))
}

describe('the archiver', () => {
  let bench: Workbench

  beforeEach(async () => {
    bench = await Workbench.open()
  })

  afterEach(async () => {
    await bench.close()
  })

  it('refuses a store that belongs to another log, and says so', async () => {
    await bench.log.append('rsvp', records(0, 1))
    await bench.archive()
    bench.log.recreate('rsvp')
    await bench.log.append('rsvp', records(0, 9))
    const before = bench.store.keys()
    await expect(bench.archive()).rejects.toThrow(
      /rsvp\/0 in memory store is of another log \(memory\/rsvp\/1\); log in memory is memory\/rsvp\/2/,
    )
    await expect(bench.archive()).rejects.toSatisfy((error) => hasCode(error, 'LOG_FOREIGN'))
    expect(bench.store.keys()).toEqual(before)
  })

  it('refuses a log that ends below what was archived, before it can hide new events under old offsets', async () => {
    await bench.log.append('rsvp', records(0, 3))
    await bench.archive()
    const again = new MemoryLog()
    await again.ensureTopic('rsvp')
    await again.append('rsvp', records(0, 2))
    await expect(bench.archive({ log: again })).rejects.toSatisfy((error) => hasCode(error, 'LOG_RECREATED'))
    await again.close()
  })

  it('refuses a log without a partition that was archived', async () => {
    bench.log.addPartition('rsvp')
    await bench.log.append('rsvp', records(0, 3))
    await bench.archive()
    const again = new MemoryLog({ partitionCount: 1 })
    await again.ensureTopic('rsvp')
    await again.append('rsvp', records(0, 9))
    await expect(bench.archive({ log: again })).rejects.toSatisfy((error) => hasCode(error, 'LOG_RECREATED'))
    await again.close()
  })

  it('refuses a chain whose first chunk is gone', async () => {
    await bench.log.append('rsvp', records(0, 2))
    await bench.archive()
    await bench.log.append('rsvp', records(2, 2))
    await bench.archive()
    await bench.store.delete(chunkKey('rsvp', 0, 0n))
    await expect(bench.archive()).rejects.toSatisfy((error) => hasCode(error, 'CHAIN_BROKEN'))
  })

  it('refuses a chain that ends in a chunk it cannot read', async () => {
    await bench.log.append('rsvp', records(0, 2))
    await bench.archive()
    bench.store.replace(chunkKey('rsvp', 0, 0n), Buffer.from('PAR1 cut off'))
    await expect(bench.archive()).rejects.toSatisfy((error) => hasCode(error, 'CHUNK_CORRUPT'))
  })

  it('refuses a chunk that covers other offsets than its key says', async () => {
    await bench.log.append('rsvp', records(0, 2))
    await bench.archive()
    await bench.log.append('rsvp', records(2, 2))
    await bench.archive()
    const first = await bench.store.read(chunkKey('rsvp', 0, 0n))
    bench.store.replace(chunkKey('rsvp', 0, 2n), first ?? Buffer.alloc(0))
    await expect(bench.archive()).rejects.toSatisfy((error) => hasCode(error, 'CHUNK_CORRUPT'))
  })
})
