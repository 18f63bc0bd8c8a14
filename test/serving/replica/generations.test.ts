import { describe, expect, it } from 'vitest'
import { AppError } from '../../../schemas/errors.ts'
import type { Manifest } from '../../../schemas/formats/manifest.ts'
import type { Declared } from '../../../schemas/formats/generations.ts'
import { generationOf } from '../../../serving/replica/generation.ts'
import { makeManifest } from '../../support/make-manifest.ts'
import { setUp } from '../../support/serve-fakes.ts'

const nowMs = 1_489_926_600_000

function manifest(generation: number): Manifest {
  const file = { key: `rsvp/${generation}/a.parquet`, time_from: 0, time_to: 1, sha256: null }
  return makeManifest({
    generation,
    tidemark: new Map([[0, BigInt(generation * 100)]]),
    stream_time: generation === 1 ? null : nowMs - 5000,
    created_at: new Date(nowMs - 60_000).toISOString(),
    run_ms: 250,
    is_rebuild: generation === 1,
    tables: {
      member: [
        { ...file, rows: 10, bytes: 1000 },
        { ...file, rows: 5, bytes: 500 },
      ],
      topic: [{ ...file, rows: 1, bytes: 20 }],
    },
  })
}

describe('generations', () => {
  it('says of each when it was made, how long that took, where its tidemark is and how large it is', async () => {
    const asked: unknown[] = []
    const newest = async ({ name }: Declared, limit: number) => {
      asked.push([name, limit])
      return [manifest(2), manifest(1)].map(generationOf)
    }
    const { app } = await setUp({ generations: { newest }, now: () => nowMs })
    const response = await app.inject({ url: '/v1/rsvp/generations?limit=2' })
    expect([response.statusCode, response.headers['cache-control']]).toEqual([200, 'no-store'])
    expect(asked).toEqual([['rsvp', 2]])
    expect(response.json()).toEqual({
      dataset: 'rsvp',
      generations: [
        {
          generation: 2,
          created_at: '2017-03-19T12:29:00.000Z',
          age_ms: 60_000,
          run_ms: 250,
          is_rebuild: false,
          tidemark: { 'rsvp/0': '200' },
          stream_time: '2017-03-19T12:29:55.000Z',
          files: 3,
          rows: 16,
          bytes: 1520,
          tables: { member: { files: 2, rows: 15, bytes: 1500 }, topic: { files: 1, rows: 1, bytes: 20 } },
        },
        expect.objectContaining({ generation: 1, is_rebuild: true, stream_time: null }),
      ],
    })
  })

  it('asks for twenty where no limit is given, and refuses one that is out of range', async () => {
    const limits: number[] = []
    const newest = async (_dataset: Declared, limit: number) => {
      limits.push(limit)
      return []
    }
    const { app } = await setUp({ generations: { newest } })
    expect((await app.inject({ url: '/v1/rsvp/generations' })).json()).toEqual({ dataset: 'rsvp', generations: [] })
    for (const limit of ['0', '101', 'x'])
      expect((await app.inject({ url: `/v1/rsvp/generations?limit=${limit}` })).statusCode).toBe(400)
    expect((await app.inject({ url: '/v1/nothing/generations' })).statusCode).toBe(404)
    expect(limits).toEqual([20])
  })

  it('is 503 where the store cannot be reached', async () => {
    const newest = () => Promise.reject(new AppError('STORE_UNREACHABLE', 'S3 does not answer'))
    const { app } = await setUp({ generations: { newest } })
    expect((await app.inject({ url: '/v1/rsvp/generations' })).statusCode).toBe(503)
  })
})
