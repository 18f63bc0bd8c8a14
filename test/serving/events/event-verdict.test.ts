import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openDuckDb } from '../../../connectors/engine/duckdb-engine.ts'
import { rsvp } from '../../../schemas/rsvp/dataset.ts'
import { EventVerdict } from '../../../serving/events/event-verdict.ts'
import { recordedLines } from '../../oracle/recording.ts'

it('judges the lines of bodies that come at once together, and answers each body for itself', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-verdict-'))
  const engine = await openDuckDb({ memoryBytesMax: 256 * 1024 * 1024, threads: 1, spillFolder: folder })
  const session = await engine.connect()
  const verdict = new EventVerdict(rsvp, session, {
    now: () => Date.UTC(2017, 2, 19, 13),
    hasLogTime: async () => true,
  })
  await verdict.open()
  const [good = new Uint8Array()] = recordedLines()
  const bad = Buffer.from('{"rsvp_id":1.5}')
  const answers = await Promise.all([
    verdict.rejections([good]),
    verdict.rejections([bad, good]),
    verdict.rejections([]),
    verdict.rejections([good, good, bad]),
  ])
  expect(answers.map((rejections) => rejections.map(({ index }) => index))).toEqual([[], [0], [], [2]])
  expect(answers[1]?.[0]?.reason).toMatch(/^rsvp_id: expected an integer/)
  session.close()
  engine.close()
  await rm(folder, { recursive: true })
})
