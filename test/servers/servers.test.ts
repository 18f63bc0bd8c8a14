import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { chooseServers } from './choose-servers.ts'
import { answersApiVersions } from './kafka-ready.ts'
import { startKafka } from './kafka.ts'
import { startMinio } from './minio.ts'
import { describeWithNativeServers } from './required-servers.ts'
import { answersOk } from './s3-env.ts'
import { startVersitygw } from './versitygw.ts'

const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url))

describe('which servers the tests use', () => {
  it('prefers those that the environment names, then native ones, and else gives the reason', () => {
    const given = { KAFKA_BROKERS: 'kafka:9092', TEST_SERVERS: 'native', S3_BUCKET: 'b' }
    expect(chooseServers('kafka', given)).toEqual({ use: 'given', env: { KAFKA_BROKERS: 'kafka:9092' } })
    expect(chooseServers('s3', given)).toEqual({ use: 'native' })
    const { TEST_SERVERS: _, ...withoutNative } = given
    expect(chooseServers('s3', withoutNative)).toEqual({
      use: 'none',
      reason: 'set S3_BUCKET and AWS_ENDPOINT_URL_S3, or TEST_SERVERS=native to start one here',
    })
    expect(chooseServers('kafka', { KAFKA_BROKERS: '' })).toMatchObject({ use: 'none' })
  })
})

describe('a run of the tests without servers', () => {
  const run = async (env: NodeJS.ProcessEnv) => {
    const { CI: _ci, TEST_SERVERS: _servers, ...inherited } = process.env
    const args = [vitest, 'run', 'test/servers/servers.test.ts', '-t', 'real servers: native servers']
    const child = spawn(process.execPath, args, { env: { ...inherited, ...env }, stdio: ['ignore', 'pipe', 'ignore'] })
    const exit = once(child, 'exit')
    const output = await text(child.stdout)
    const [code] = await exit
    return { code, output }
  }

  it('skips the suites that need them, and says so', async () => {
    expect(await run({})).toEqual({ code: 0, output: expect.stringContaining('skipped') })
  })

  it('fails in CI, naming what to set', async () => {
    expect(await run({ CI: 'true' })).toEqual({ code: 1, output: expect.stringContaining('TEST_SERVERS=native') })
  })
})

describeWithNativeServers('native servers', () => {
  it.each([
    {
      name: 'Kafka',
      start: () => startKafka(),
      answers: (env: Answering) => answersApiVersions(portOf(env['KAFKA_BROKERS'])),
    },
    {
      name: 'MinIO',
      start: startMinio,
      answers: (env: Answering) => answersOk(`${env['AWS_ENDPOINT_URL_S3']}/minio/health/live`),
    },
    {
      name: 'versitygw',
      start: startVersitygw,
      answers: (env: Answering) => answersOk(`${env['AWS_ENDPOINT_URL_S3']}/_health`),
    },
  ])('$name answers until it is killed, and again after a restart', async ({ start, answers }) => {
    const server = await start()
    try {
      expect(await answers(server.env)).toBe(true)
      await server.kill9()
      expect(await answers(server.env)).toBe(false)
      await server.restart()
      expect(await answers(server.env)).toBe(true)
    } finally {
      await server.stop()
      await server.stop()
    }
    expect(await answers(server.env)).toBe(false)
  })
})

type Answering = Readonly<Record<string, string>>

function portOf(address: string | undefined): number {
  return Number(address?.split(':')[1])
}
