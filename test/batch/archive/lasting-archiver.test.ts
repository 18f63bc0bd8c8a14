import { writeFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LastingArchiver } from '../../../batch/archive/lasting-archiver.ts'
import { Deferred } from '../../../schemas/async/deferred.ts'
import { rsvpRecords } from '../../support/make-rsvp.ts'
import { Workbench } from '../../support/workbench.ts'

let bench: Workbench
let stop: AbortController
let archiver: LastingArchiver | undefined

beforeEach(async () => {
  bench = await Workbench.open()
  stop = new AbortController()
  archiver = undefined
})

afterEach(async () => {
  stop.abort()
  await archiver?.close()
  await bench.close()
})

/** A lasting archiver that makes a chunk of every slice, and tries again when the test says so. */
async function setUp() {
  const said: string[] = []
  const failures: number[] = []
  const [recovered, goesOn] = [new Deferred(), new Deferred()]
  let paused = new Deferred()
  const options = {
    ...(await bench.archiveOptions({ chunkBytesMax: 1 })),
    signal: stop.signal,
    onOutage: (reason: string) => void said.push(reason),
    onRecovered: () => {
      said.push('recovered')
      if (failures.length > 0) recovered.resolve()
    },
    pause: async (count: number) => {
      failures.push(count)
      paused.resolve()
      await goesOn.promise
    },
  }
  const isPaused = async (): Promise<void> => {
    await paused.promise
    paused = new Deferred()
  }
  return { options, said, failures, isPaused, goesOn, recovered: recovered.promise }
}

const chainEnd = new Map([[0, 3n]])

describe('a lasting archiver', () => {
  it('waits until its first archiver can open', async () => {
    const { options, said, failures, isPaused, goesOn } = await setUp()
    bench.store.setReachable(false)
    const opening = LastingArchiver.open(options)
    await isPaused()
    bench.store.setReachable(true)
    goesOn.resolve()
    archiver = await opening
    expect(said).toEqual([expect.stringMatching(/unreachable/), 'recovered'])
    expect(failures).toEqual([1])
  })

  it('goes on from the end of the chain after an outage, and has recovered with its next chunk', async () => {
    const { options, said, failures, isPaused, goesOn, recovered } = await setUp()
    archiver = await LastingArchiver.open(options)
    expect(said).toEqual(['recovered'])
    await writeFile(options.workFolder, 'in the way')
    await bench.log.append('rsvp', rsvpRecords(1, 3))
    await isPaused()
    await rm(options.workFolder)
    goesOn.resolve()
    await recovered
    expect(said).toEqual([
      'recovered',
      expect.stringMatching(
        /^an outage ended it; it goes on from the chain's end: a local file cannot be used: .*work/,
      ),
      'recovered',
    ])
    expect(failures).toEqual([1])
    await archiver.roll()
    expect(archiver.positions()).toEqual(chainEnd)
    expect(await bench.chunks()).toMatchObject([{ firstOffset: 0n, nextOffset: 3n }])
  })

  it('counts failures in a row, also across archivers that open and fail before they have made a chunk', async () => {
    const { options, failures, isPaused, goesOn } = await setUp()
    archiver = await LastingArchiver.open(options)
    await writeFile(options.workFolder, 'in the way')
    await bench.log.append('rsvp', rsvpRecords(1, 3))
    goesOn.resolve()
    for (let count = 1; count <= 3; count += 1) await isPaused()
    expect(failures.slice(0, 3)).toEqual([1, 2, 3])
  })

  it('ends with any other failure', async () => {
    const { options, failures } = await setUp()
    archiver = await LastingArchiver.open(options)
    bench.store.replace('chains/rsvp/0.json', Buffer.from('{}'))
    bench.log.addPartition('rsvp')
    await bench.log.append('rsvp', rsvpRecords(1, 4))
    await expect(archiver.ended).rejects.toMatchObject({ code: 'CHAIN_BROKEN' })
    expect(failures).toEqual([])
  })

  it('ends quietly while it waits, once the process is to stop', async () => {
    const { options, isPaused, goesOn } = await setUp()
    archiver = await LastingArchiver.open(options)
    await writeFile(join(bench.folder, 'work'), 'in the way')
    await bench.log.append('rsvp', rsvpRecords(1, 3))
    await isPaused()
    stop.abort()
    goesOn.resolve()
    await archiver.ended
    expect(await bench.chunks()).toEqual([])
  })
})
