import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { loadDatasets } from '../../../schemas/declare/load-datasets.ts'
import { rsvpRecord } from '../../support/make-rsvp.ts'
import { Tidemark } from '../run-tidemark.ts'

const { datasets } = await loadDatasets()
let tidemark: Tidemark

beforeEach(async () => {
  tidemark = await Tidemark.open()
})

afterEach(async () => {
  await tidemark.close()
})

describe('tidemark doctor', () => {
  it('fails where the topic is missing, says what to do, and does not make it by itself', async () => {
    for (let time = 0; time < 2; time += 1) {
      expect(await tidemark.run('doctor')).toMatchObject({
        code: 1,
        stdout: expect.stringMatching(/^fail +topic rsvp .*tidemark doctor --create/m),
      })
    }
  })

  it('makes what is missing when asked, and may be asked again', async () => {
    expect(await tidemark.run('doctor', '--create')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/has topic rsvp now, created with 1 partition$/m),
    })
    expect(await tidemark.run('doctor', '--create')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /has topic rsvp, 1 partition; the log stamps what it receives; it deletes nothing that is not archived$/m,
      ),
    })
  })

  it('finds everything right after a batch run', async () => {
    await tidemark.oneGeneration()
    const found = z
      .object({ ok: z.boolean(), checks: z.array(z.object({ name: z.string(), status: z.string() })) })
      .parse(await tidemark.json('doctor', '--json'))
    expect(found.ok).toBe(true)
    expect(found.checks.map(({ name }) => name)).toEqual([
      'node',
      'datasets',
      'configuration',
      'cores',
      'memory',
      'data folder',
      'cache',
      ...datasets.map(({ name }) => `topic ${name}`),
      'bucket',
      'store',
      'stored datasets',
      ...datasets.map(({ name }) => `dataset ${name}`),
    ])
  })

  it('says of times that lie in 1970 that they may be of another unit', async () => {
    await tidemark.append([rsvpRecord({ id: 1, mtime: 1_489_930_000 })])
    await tidemark.run('batch', 'run')
    expect((await tidemark.run('doctor')).stdout).toMatch(
      /^warn +dataset rsvp .*newest event is of 1970-01-18: if mtime is in another unit, declare it, as time: \{ unit: 's' \}$/m,
    )
  })

  it('names what the store has and nobody declares here, as does the status', async () => {
    await tidemark.oneGeneration()
    expect((await tidemark.run('doctor', '--datasets', 'sensor', '--create')).stdout).toMatch(
      /^warn +stored datasets .*has generations of rsvp as well: it is not loaded here, see --datasets$/m,
    )
    expect((await tidemark.run('status', '--datasets', 'sensor')).stdout).toMatch(
      /^rsvp\n {2}generations in the store, not loaded here: see --datasets$/m,
    )
    expect(await tidemark.json('status', '--datasets', 'sensor', '--json')).toContainEqual({
      dataset: 'rsvp',
      is_declared: false,
      problems: [],
    })
    expect((await tidemark.run('doctor')).stdout).toMatch(/^ok +stored datasets /m)
  })

  it('finds a store that belongs to another log', async () => {
    await tidemark.oneGeneration()
    await tidemark.forgetLog()
    expect(await tidemark.run('doctor', '--create')).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^fail +dataset rsvp .*is of another log/m),
    })
  })
})
