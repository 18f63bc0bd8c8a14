import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createKafka } from '../../connectors/kafka/client.ts'
import { openKafkaLog } from '../../connectors/kafka/log.ts'
import { KafkaSourceProducer } from '../../connectors/kafka/write/source-producer.ts'
import type { EventLog, LogSlice } from '../../schemas/ports/log.ts'
import {
  collectAll,
  expectContiguous,
  recordsOf,
  settled,
  stringOf,
  text,
  texts,
  textsOf,
} from '../support/follow-log.ts'
import { describeLog } from '../contracts/log-contract.ts'
import { describeEachServer } from '../servers/required-servers.ts'
import { waitUntil } from '../support/wait-until.ts'

describeEachServer('kafka', ({ name, env }) => {
  const brokers = (env['KAFKA_BROKERS'] ?? '').split(',')

  describeLog(name, async ({ partitionCount }) => {
    const opened: EventLog[] = []
    const openAgain = async () => {
      const log = openKafkaLog({ brokers, clientId: 'tidemark-test', partitionCount })
      opened.push(log)
      return log
    }
    const close = async () => {
      await Promise.all(opened.map((log) => log.close()))
    }
    return { log: await openAgain(), openAgain, isTrimmed: false, close }
  })

  describe(`${name}, beyond the contract`, () => {
    const kafka = createKafka({ brokers, clientId: 'test' })
    const admin = kafka.admin()
    let log: EventLog
    let topic: string

    beforeAll(async () => {
      await admin.connect()
      log = openKafkaLog({ brokers, clientId: 'tidemark-test', partitionCount: 1 })
    })
    afterAll(async () => {
      await Promise.all([log.close(), admin.disconnect()])
    })
    beforeEach(async () => {
      topic = `kafka-${randomUUID()}`
      await log.ensureTopic(topic)
    })

    async function openTransaction() {
      const producer = kafka.producer({ idempotent: true, transactionalId: randomUUID(), maxInFlightRequests: 1 })
      await producer.connect()
      const transaction = await producer.transaction()
      const close = () => producer.disconnect()
      return { transaction, close }
    }

    it('comes to the end over transactions, committed and aborted, and delivers the committed', async () => {
      const { transaction, close } = await openTransaction()
      await transaction.send({ topic, messages: [{ value: 'aborted' }, { value: 'aborted too' }] })
      await transaction.abort()
      await close()
      const onlyAborted = await collectAll(log, topic)
      expectContiguous(onlyAborted, new Map())
      expect(textsOf(onlyAborted)).toEqual([])
      await log.append(topic, [text('committed')], { source: 's', position: '1', previous: null })
      await log.append(topic, [text('plain')])
      expect(textsOf(await collectAll(log, topic))).toEqual(['committed', 'plain'])
    })

    it('ends, for everyone, before a transaction that is open', async () => {
      await log.append(topic, [text('a')])
      const { transaction, close } = await openTransaction()
      await transaction.send({ topic, messages: [{ value: 'open' }] })
      await log.append(topic, [text('behind it')])
      expect((await log.bounds(topic)).get(0)).toEqual({ firstOffset: 0n, nextOffset: 1n })
      expect(textsOf(await collectAll(log, topic))).toEqual(['a'])
      await transaction.abort()
      await close()
    })

    it('does not answer an old position while a transaction may hold a newer one', async () => {
      await log.append(topic, [text('a')], { source: 's', position: '1', previous: null })
      const { transaction, close } = await openTransaction()
      await transaction.send({ topic: 'tidemark.sources', messages: [{ key: 'other', value: '{"position":"9"}' }] })
      await log.append(topic, [text('b')], { source: 's', position: '2', previous: '1' })
      const answers: (string | null)[] = []
      const asked = log.sourcePosition(topic, 's').then((position) => answers.push(position))
      for (let i = 0; i < 50; i += 1) await log.bounds(topic)
      expect(answers).toEqual([])
      await transaction.abort()
      await asked
      expect(answers).toEqual(['2'])
      await close()
    })

    it('fences who read a position before another moved it', async () => {
      const [entered, release] = [settled(), settled()]
      const stale = new KafkaSourceProducer(kafka, topic, async () => {
        entered.resolve()
        await release.promise
        return null
      })
      const source = { source: 's', position: '1', previous: null }
      const appending = stale.append(new Map([[0, [text('stale')]]]), source)
      await entered.promise
      await log.append(topic, [text('newer')], source)
      release.resolve()
      await expect(appending).rejects.toThrow(/fenced|epoch|old/i)
      expect(textsOf(await collectAll(log, topic))).toEqual(['newer'])
      await stale.close()
    })

    it('starts a slice later than asked where Kafka has deleted records', async () => {
      await log.append(topic, texts(0, 10))
      // kafkajs deletes only what it has asked about before.
      await admin.fetchTopicOffsets(topic)
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '4' }] })
      const [slice] = await collectAll(log, topic)
      expect(slice?.firstOffset).toBe(4n)
      expect((await log.bounds(topic)).get(0)).toEqual({ firstOffset: 4n, nextOffset: 10n })
    })

    it('goes on later than it stood where Kafka deletes what a slow follower has not read', async () => {
      await log.append(
        topic,
        Array.from({ length: 9000 }, (_, i) => text(`${i} ${'x'.repeat(1400)}`)),
      )
      const [entered, release, reached] = [settled(), settled(), settled()]
      const slices: LogSlice[] = []
      const follower = log.follow(topic, new Map(), async (slice) => {
        slices.push(slice)
        entered.resolve()
        await release.promise
        if (slice.nextOffset === 9000n) reached.resolve()
      })
      await entered.promise
      await admin.fetchTopicOffsets(topic)
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '8990' }] })
      release.resolve()
      await reached.promise
      await follower.close()
      expect(slices.at(-1)).toMatchObject({ firstOffset: 8990n, nextOffset: 9000n })
      expect(slices.at(-2)?.nextOffset).toBeLessThan(8990n)
    })

    it('gives a topic that was deleted and made again another identity, and ends who followed the old one', async () => {
      await log.append(topic, [text('old')])
      const identity = await log.identity(topic)
      const delivered = settled()
      const follower = log.follow(topic, new Map(), async () => delivered.resolve())
      await delivered.promise
      await admin.deleteTopics({ topics: [topic] })
      // The broker hears of it after the call has returned; until then it says that the topic is there.
      await waitUntil('the topic to be gone', async () => !(await admin.listTopics()).includes(topic))
      await log.ensureTopic(topic)
      await log.append(topic, texts(0, 5))
      expect(await log.identity(topic)).not.toBe(identity)
      await expect(follower.ended).rejects.toMatchObject({ code: 'LOG_RECREATED' })
    })

    it('follows partitions that are added', async () => {
      const [first, second] = [settled(), settled()]
      const seen = [first, second]
      const follower = log.follow(topic, new Map(), async ({ partition }) => seen[partition]?.resolve())
      await log.append(topic, [text('a')])
      await first.promise
      await admin.createPartitions({ topicPartitions: [{ topic, count: 2 }] })
      const producer = kafka.producer()
      await producer.connect()
      await producer.send({ topic, messages: [{ partition: 1, value: 'b' }] })
      await second.promise
      await follower.close()
      expect([...(await log.bounds(topic)).keys()]).toEqual([0, 1])
      await producer.disconnect()
    })

    it.each(['gzip', 'snappy', 'lz4', 'zstd'])('reads what is kept as %s', async (compression) => {
      const compressed = `${topic}-${compression}`
      const configEntries = [{ name: 'compression.type', value: compression }]
      await admin.createTopics({
        topics: [{ topic: compressed, numPartitions: 1, replicationFactor: 1, configEntries }],
      })
      const values = Array.from({ length: 300 }, (_, i) => `${i} ${'größer und '.repeat(i)}`)
      await log.append(compressed, values.map(text))
      expect(textsOf(await collectAll(log, compressed))).toEqual(values)
    })

    it('delivers tombstones, and headers that others wrote', async () => {
      const producer = kafka.producer()
      await producer.connect()
      await producer.send({ topic, messages: [{ key: 'k', value: null, headers: { h: ['1', '2'] } }] })
      await producer.disconnect()
      const [record] = recordsOf(await collectAll(log, topic))
      expect(record).toMatchObject({ key: Buffer.from('k'), value: null })
      expect(record?.headers.map(({ key, value }) => [key, stringOf(value)])).toEqual([
        ['h', '1'],
        ['h', '2'],
      ])
    })

    async function createTopic(config: Readonly<Record<string, string>>): Promise<string> {
      const name = `${topic}-configured`
      const configEntries = Object.entries(config).map(([key, value]) => ({ name: key, value }))
      await admin.createTopics({ topics: [{ topic: name, numPartitions: 1, replicationFactor: 1, configEntries }] })
      return name
    }

    it('says who stamps a topic of others and how long it keeps records, and marks whose time a record has', async () => {
      const dayMs = 86_400_000
      const others = await createTopic({ 'retention.ms': String(7 * dayMs), 'retention.bytes': '1000000' })
      expect(await log.settings(others)).toEqual({
        stampedBy: 'producer',
        retentionMs: 7 * dayMs,
        retentionBytes: 1_000_000,
      })
      await log.append(others, [text('a')])
      expect(recordsOf(await collectAll(log, others))).toMatchObject([{ hasLogTime: false }])
      const compacted = `${others}-compacted`
      const configEntries = [{ name: 'cleanup.policy', value: 'compact' }]
      await admin.createTopics({
        topics: [{ topic: compacted, numPartitions: 1, replicationFactor: 1, configEntries }],
      })
      expect(await log.settings(compacted)).toMatchObject({ retentionMs: null, retentionBytes: null })
    })

    it('names as aging what is older than half of the retention', async () => {
      const dayMs = 86_400_000
      const others = await createTopic({ 'retention.ms': String(8 * dayMs) })
      const producer = kafka.producer()
      await producer.connect()
      const agesInDays = [6, 5, 3, 1]
      for (const days of agesInDays) {
        const timestamp = String(Date.now() - days * dayMs)
        await producer.send({ topic: others, messages: [{ value: 'x', timestamp }] })
      }
      expect(await log.aging(others)).toEqual(new Map([[0, 2n]]))
      const old = String(Date.now() - 6 * dayMs)
      const allOld = `${others}-old`
      const configEntries = [{ name: 'retention.ms', value: String(8 * dayMs) }]
      await admin.createTopics({ topics: [{ topic: allOld, numPartitions: 1, replicationFactor: 1, configEntries }] })
      await producer.send({ topic: allOld, messages: [{ value: 'x', timestamp: old }] })
      expect(await log.aging(allOld)).toEqual(new Map([[0, 1n]]))
      await producer.disconnect()
    })

    it('names as aging what exceeds half of the bytes that are kept', async () => {
      const others = await createTopic({ 'retention.ms': '-1', 'retention.bytes': '1000000' })
      const values = (count: number) => Array.from({ length: count }, (_, i) => text(`${i} ${'x'.repeat(990)}`))
      await log.append(others, values(400))
      expect(await log.aging(others)).toEqual(new Map([[0, 0n]]))
      await log.append(others, values(400))
      const aging = (await log.aging(others)).get(0) ?? 0n
      expect(aging).toBeGreaterThan(200n)
      expect(aging).toBeLessThan(400n)
    })

    it('says so where a topic takes only shorter records', async () => {
      const configEntries = [{ name: 'max.message.bytes', value: '10000' }]
      await admin.createTopics({
        topics: [{ topic: `${topic}-short`, numPartitions: 1, replicationFactor: 1, configEntries }],
      })
      const long = { key: null, value: new Uint8Array(20_000) }
      await expect(log.append(`${topic}-short`, [long])).rejects.toMatchObject({ code: 'EVENT_TOO_LARGE' })
    })

    it('appends more at once than fits a batch, in order', async () => {
      const values = Array.from({ length: 3000 }, (_, i) => `${i} ${'x'.repeat(1400)}`)
      const ranges = await log.append(topic, values.map(text), { source: 'big', position: '1', previous: null })
      expect(ranges).toEqual(new Map([[0, { firstOffset: 0n, nextOffset: 3000n }]]))
      await log.append(topic, values.map(text))
      expect(textsOf(await collectAll(log, topic))).toEqual([...values, ...values])
    })
  })
})
