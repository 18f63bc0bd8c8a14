import { expect, it, onTestFinished } from 'vitest'
import { openDuckDb } from '../../connectors/engine/duckdb-engine.ts'
import type { DuckDbEngine } from '../../connectors/engine/duckdb-engine.ts'
import type { Session } from '../../schemas/ports/engine.ts'
import { noRanges } from '../../schemas/formats/offset-ranges.ts'
import { rsvp } from '../../schemas/rsvp/dataset.ts'
import { readEngineMemory } from '../../serving/replica/engine-memory.ts'
import { SpeedView } from '../../speed/speed-view.ts'
import { changedSession } from '../support/changed-session.ts'
import { receivedMs, rsvpRecords } from '../support/make-rsvp.ts'

const memoryBytesMax = 512 * 1024 * 1024
const eventsPerRound = 200
const rounds = 24
/** More than the engine needs for a speed view without rows; less than a tenth of what the rounds bring. */
const emptyBytesMax = 1024 * 1024

/** Transactions that overlap, as they do where somebody always reads: there is no instant without one. */
async function openReaders(engine: DuckDbEngine) {
  const readers = [await engine.connect(), await engine.connect()]
  for (const reader of readers) await reader.run('BEGIN')
  return {
    async next() {
      for (const reader of readers) {
        await reader.run('COMMIT')
        await reader.run('BEGIN')
        await reader.rows('SELECT count(*) FROM _rsvp_speed.arrival')
      }
    },
    close: () => readers.forEach((reader) => reader.close()),
  }
}

/** What the engine holds after each hand-over to a generation of all that came. */
async function bytesAfterHandOvers(damage: (session: Session) => Session): Promise<readonly number[]> {
  const engine = await openDuckDb({ memoryBytesMax, threads: 1, spillFolder: '' })
  onTestFinished(() => engine.close())
  const [speed, watch] = [await engine.connect(), await engine.connect()]
  const view = new SpeedView(rsvp, damage(speed))
  await view.open()
  const reading = await openReaders(engine)
  const bytes: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const firstOffset = BigInt(round * eventsPerRound)
    const nextOffset = firstOffset + BigInt(eventsPerRound)
    const records = rsvpRecords(1 + round * eventsPerRound, eventsPerRound).map(({ value }, i) => ({
      offset: firstOffset + BigInt(i),
      timestamp: BigInt(receivedMs),
      key: null,
      value,
      headers: [],
      hasLogTime: true,
    }))
    await view.apply([{ partition: 0, firstOffset, nextOffset, records }])
    await reading.next()
    await view.handOver({
      generation: round + 1,
      tidemark: new Map([[0, nextOffset]]),
      lost: noRanges,
      streamTime: null,
      viewStatements: [],
    })
    await reading.next()
    bytes.push((await readEngineMemory(watch, memoryBytesMax)).usedBytes)
  }
  reading.close()
  for (const session of [speed, watch]) session.close()
  return bytes
}

it('holds nothing of what a generation covers, however many hand-overs there were and whoever reads meanwhile', async () => {
  const bytes = await bytesAfterHandOvers((session) => session)
  expect(Math.max(...bytes)).toBeLessThan(emptyBytesMax)
})

it('would hold more and more if a hand-over only deleted', async () => {
  const bytes = await bytesAfterHandOvers(onlyDeleting)
  expect(bytes.at(-1)).toBeGreaterThan(3 * (bytes[0] ?? 0))
  expect(bytes.at(-1)).toBeGreaterThan(10 * emptyBytesMax)
})

function onlyDeleting(session: Session): Session {
  return changedSession(session, {
    run: async (sql) => {
      if (!sql.startsWith('CREATE OR REPLACE TABLE')) await session.run(sql)
    },
  })
}
