import { expect, it } from 'vitest'
import { withServers } from '../../bench/peers/servers.ts'
import { whyNoSpark } from '../../bench/peers/spark.ts'

it('Spark is skipped where no Python has it, and the Python is named', async () => {
  expect(await whyNoSpark({ PYTHON: 'no-such-python' })).toBe('no-such-python has no pyspark; PYTHON names another one')
})

it('Kafka and S3 are skipped where the environment names one of them only, and what it lacks is named', async () => {
  const use = async (): Promise<never> => {
    throw new Error('there are no servers')
  }
  const onlyKafka = { KAFKA_BROKERS: 'localhost:1' }
  expect(await withServers({}, use)).toEqual({ skipped: expect.stringContaining('set KAFKA_BROKERS') })
  expect(await withServers(onlyKafka, use)).toEqual({ skipped: expect.stringContaining('set S3_BUCKET') })
})
