import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { createKafka } from '../../connectors/kafka/client.ts'
import { rsvpRecord } from '../support/make-rsvp.ts'
import { askSql, postEvents, readiness } from '../support/ask.ts'
import { Processes } from '../support/tidemark-process.ts'
import type { ProcessEnv } from '../support/tidemark-process.ts'
import { waitUntil } from '../support/wait-until.ts'
import { startKafka } from '../servers/kafka.ts'
import { describeWithNativeServers } from '../servers/required-servers.ts'
import type { NativeServer } from '../servers/server-process.ts'
import { alterTopic } from './alter-topic.ts'

const [dayMs, yearMs] = [86_400_000, 365 * 86_400_000]
const topics = ['rsvp', 'sensor']

describeWithNativeServers('a topic of others on Kafka', () => {
  let kafka: NativeServer
  let processes: Processes
  let env: ProcessEnv
  let admin: ReturnType<ReturnType<typeof createKafka>['admin']>
  let producer: ReturnType<ReturnType<typeof createKafka>['producer']>

  beforeAll(async () => {
    kafka = await startKafka()
    const client = createKafka({ brokers: brokers(), clientId: 'test' })
    ;[admin, producer] = [client.admin(), client.producer()]
    await Promise.all([admin.connect(), producer.connect()])
  })
  afterAll(async () => {
    await Promise.all([admin.disconnect(), producer.disconnect()])
    await kafka.stop()
  })
  beforeEach(async () => {
    processes = await Processes.open()
    const seldom = { BATCH_CRON: '0 0 1 1 *', STORE_WATCH_MS: '100', ARCHIVE_CHUNK_AGE_MS: '200' }
    env = { ...kafka.env, ...seldom, TIDEMARK_DATA_DIR: processes.newDataFolder() }
  })
  afterEach(async () => {
    await processes.close()
    await admin.deleteTopics({ topics })
  })

  const brokers = () => kafka.env['KAFKA_BROKERS']?.split(',') ?? []

  /** `config` of the topic `rsvp`; the other one is as Kafka makes it. */
  async function createTopics(config: Readonly<Record<string, string>>): Promise<void> {
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }))
    await admin.createTopics({
      waitForLeaders: true,
      topics: topics.map((topic) => ({
        topic,
        numPartitions: 1,
        replicationFactor: 1,
        configEntries: topic === 'rsvp' ? configEntries : [],
      })),
    })
  }

  async function produce(id: number, times: { readonly mtime: number; readonly recordTime: number }): Promise<void> {
    const { value } = rsvpRecord({ id, mtime: times.mtime })
    await producer.send({
      topic: 'rsvp',
      messages: [{ value: Buffer.from(value), timestamp: String(times.recordTime) }],
    })
  }

  async function serve(role: 'start' | 'serve') {
    const service = processes.start([role], env)
    const [, url = ''] = await service.untilSaid(/answers at (http:\S+)/)
    await waitUntil('the service to be ready', async () => (await readiness(url)).status === 200)
    return { service, url }
  }

  it('is judged without its producers’ clocks, by every role alike, and none of them moves stream time', async () => {
    await createTopics({
      'message.timestamp.type': 'CreateTime',
      'message.timestamp.after.max.ms': '9223372036854775807',
    })
    const { stdout } = await processes.run(['doctor', '--json'], env)
    expect(JSON.parse(stdout).checks).toContainEqual(
      expect.objectContaining({
        name: 'topic rsvp',
        status: 'warn',
        message: expect.stringMatching(/CreateTime.*LogAppendTime/),
      }),
    )
    const nowMs = Date.now()
    const recordTimes = [-1, 0, Math.floor(nowMs / 1000), nowMs - 3 * dayMs, nowMs + 10 * yearMs]
    for (const [i, recordTime] of recordTimes.entries()) await produce(i + 1, { mtime: nowMs - 1000 + i, recordTime })
    await produce(6, { mtime: nowMs + 9 * yearMs, recordTime: nowMs + 10 * yearMs })
    const { service, url } = await serve('start')
    await service.untilSaid(/rsvp.*CreateTime/)
    const posted = await postEvents(url, Buffer.from(rsvpRecord({ id: 7, mtime: nowMs + 9 * yearMs }).value).toString())
    expect(posted).toMatchObject({ isTaken: true })

    const facts = async () => {
      const { rows, as_of: asOf } = await askSql(
        url,
        "SELECT (SELECT string_agg(rsvp_id::VARCHAR, ' ' ORDER BY rsvp_id) FROM rsvp.arrival) AS accepted, (SELECT count(*) FROM rsvp.rejected) AS rejected",
      )
      const [row] = rows
      const accepted = String(row?.['accepted'])
      return { accepted, rejected: row?.['rejected'], stream_time: asOf.datasets['rsvp']?.stream_time }
    }
    await waitUntil('all of them', async () => (await facts()).accepted.endsWith('7'))
    const expected = {
      accepted: '1 2 3 4 5 6 7',
      rejected: 0,
      stream_time: new Date(nowMs - 1000 + 4).toISOString(),
    }
    expect(await facts()).toEqual(expected)
    for (const options of [[], ['--rebuild']]) {
      const run = await processes.run(['batch', 'run', '--dataset', 'rsvp', ...options], env)
      const { generation } = JSON.parse(run.stdout)
      await waitUntil(
        'the hand-over',
        async () => (await askSql(url, 'SELECT 1')).as_of.datasets['rsvp']?.generation === generation,
      )
      expect(await facts()).toEqual(expected)
    }
    expect(await processes.run(['verify', '--json'], env)).toMatchObject({ code: 0 })

    await alterTopic(brokers(), 'rsvp', { 'message.timestamp.type': 'LogAppendTime' })
    await produce(8, { mtime: nowMs + 9 * yearMs, recordTime: 0 })
    await produce(9, { mtime: nowMs, recordTime: 0 })
    await waitUntil('the log to stamp', async () => (await facts()).accepted.endsWith('9'))
    const later = await facts()
    expect(later).toMatchObject({ accepted: '1 2 3 4 5 6 7 9', rejected: 1 })
    const run = await processes.run(['batch', 'run', '--dataset', 'rsvp', '--rebuild'], env)
    const { generation } = JSON.parse(run.stdout)
    await waitUntil(
      'the hand-over',
      async () => (await askSql(url, 'SELECT 1')).as_of.datasets['rsvp']?.generation === generation,
    )
    expect(await facts()).toEqual(later)
  })

  it('that deletes what is not archived is warned of, and what it deleted is named by all', async () => {
    const old = Date.now() - 6 * dayMs
    await createTopics({ 'message.timestamp.type': 'CreateTime', 'retention.ms': String(7 * dayMs) })
    for (let id = 1; id <= 20; id += 1) await produce(id, { mtime: old + id, recordTime: old + id })
    const { service, url } = await serve('serve')
    const rows = async () => (await askSql(url, 'SELECT count(*) AS n FROM rsvp.arrival')).rows[0]?.['n']
    expect(await rows()).toBe(20)

    await processes.run(['batch', 'run', '--dataset', 'rsvp'], env)
    for (let id = 21; id <= 50; id += 1) await produce(id, { mtime: old + id, recordTime: old + id })
    await waitUntil('all to be read', async () => (await rows()) === 50)
    await service.untilSaid(/rsvp\/0: \d+ offsets from 20 on are not archived/)
    const endangered = async () =>
      /^tidemark_endangered_events\{dataset="rsvp",partition="0"\} 30$/m.test(
        await (await fetch(`${url}/metrics`)).text(),
      )
    await waitUntil('the metric', endangered)
    expect(await readiness(url)).toMatchObject({
      ready: true,
      notes: { 'archive of rsvp': expect.stringMatching(/^rsvp\/0: 30 /) },
    })

    await admin.fetchTopicOffsets('rsvp')
    await admin.deleteTopicRecords({ topic: 'rsvp', partitions: [{ partition: 0, offset: '40' }] })
    const run = await processes.run(['batch', 'run', '--dataset', 'rsvp'], env)
    expect(run.stderr).toMatch(/"lost":\{"rsvp\/0":\[\["20","40"\]\]\}.*20 offsets are lost/)
    await service.untilSaid(/this hand-over took 20 offsets out of the answers of this process/)
    expect(await rows()).toBe(30)
    const { as_of: asOf } = await askSql(url, 'SELECT 1')
    expect(asOf.datasets['rsvp']).toMatchObject({ lost: { 'rsvp/0': [['20', '40']] } })
    expect((await readiness(url)).notes).toMatchObject({
      'losses of rsvp': expect.stringMatching(/^rsvp\/0: 20 /),
    })
    const verified = await processes.run(['verify', '--json', '--dataset', 'rsvp'], env)
    expect(verified.code).toBe(4)
    expect(JSON.parse(verified.stdout)).toMatchObject([
      { clean: false, differences: [], lost: { 'rsvp/0': [['20', '40']] } },
    ])
    expect(await processes.run(['verify', '--allow-lost', '--dataset', 'rsvp'], env)).toMatchObject({ code: 0 })
  })

  it('that takes events of 5 and 15 MB holds up nobody: they are archived and rejected, and the events beside them count', async () => {
    await createTopics({ 'max.message.bytes': '20000000' })
    const times = { mtime: Date.now() - 1000, recordTime: Date.now() }
    await produce(1, times)
    for (const count of [2_500_000, 7_500_000]) {
      const dense = Array.from({ length: count }, () => 1)
      await producer.send({ topic: 'rsvp', messages: [{ value: Buffer.from(JSON.stringify({ dense })) }] })
    }
    await produce(2, times)
    const { url } = await serve('serve')
    const sql = `SELECT (SELECT count(*) FROM rsvp.rsvp) AS accepted, count(*) AS rejected, min(reason) AS reason FROM rsvp.rejected`
    const expected = [
      { accepted: 2, rejected: 2, reason: expect.stringMatching(/^the event: longer than 2097152 bytes/) },
    ]
    expect((await askSql(url, sql)).rows).toEqual(expected)
    expect(await processes.run(['batch', 'run', '--dataset', 'rsvp'], env)).toMatchObject({ code: 0 })
    const handedOver = async () => (await askSql(url, 'SELECT 1')).as_of.datasets['rsvp']?.generation === 1
    await waitUntil('the hand-over', handedOver)
    expect((await askSql(url, sql)).rows).toEqual(expected)
    expect(await processes.run(['verify', '--dataset', 'rsvp'], env)).toMatchObject({ code: 0 })
  })
})
