import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { createKafka } from '../../connectors/kafka/client.ts'
import { rsvpRecord } from '../support/make-rsvp.ts'
import { appendEvents, askSql, postEvents, readiness } from '../support/ask.ts'
import type { After } from '../support/ask.ts'
import { Processes } from '../support/tidemark-process.ts'
import type { ProcessEnv, TidemarkProcess } from '../support/tidemark-process.ts'
import { waitUntil } from '../support/wait-until.ts'
import { startKafka } from '../servers/kafka.ts'
import { startMinio } from '../servers/minio.ts'
import { describeWithNativeServers } from '../servers/required-servers.ts'
import type { NativeServer } from '../servers/server-process.ts'

describeWithNativeServers('the service, while Kafka and S3 fail', () => {
  let kafka: NativeServer
  let s3: NativeServer
  let processes: Processes

  beforeAll(async () => {
    ;[kafka, s3] = await Promise.all([startKafka(), startMinio()])
  })
  afterAll(async () => {
    await Promise.all([kafka.stop(), s3.stop()])
  })
  beforeEach(async () => {
    processes = await Processes.open()
  })
  afterEach(() => processes.close())

  function environment(): ProcessEnv {
    const hurried = {
      BATCH_CRON: '* * * * * *',
      STORE_WATCH_MS: '100',
      ARCHIVE_CHUNK_AGE_MS: '200',
      LOG_PARTITIONS: '4',
    }
    return { ...kafka.env, ...s3.env, ...hurried, TIDEMARK_DATA_DIR: processes.newDataFolder() }
  }

  async function urlOf(service: TidemarkProcess): Promise<string> {
    return (await service.untilSaid(/answers at (http:\S+)/))[1] ?? ''
  }

  it('says what it waits for when they are down at the start, and comes up when they do', async () => {
    await Promise.all([kafka.kill9(), s3.kill9()])
    const service = processes.start(['start'], environment())
    const url = await urlOf(service)
    await waitUntil('both to be named', async () => {
      const { status, waiting_for: waits } = await readiness(url)
      return status === 503 && 'log' in waits && 'store' in waits
    })
    expect((await readiness(url)).waiting_for).toMatchObject({
      log: expect.stringContaining(`Kafka at ${kafka.env['KAFKA_BROKERS']}`),
      store: expect.stringContaining('s3://'),
    })
    expect(await postEvents(url, eventText(1))).toMatchObject({ isTaken: false, status: 503 })
    await service.untilSaid(/"part":"log".*Kafka at/)
    await service.untilSaid(/"part":"store".*s3:\/\//)
    await s3.restart()
    await waitUntil('the log alone to be named', async () =>
      Object.keys((await readiness(url)).waiting_for).every((part) => part !== 'store'),
    )
    expect((await readiness(url)).status).toBe(503)
    await kafka.restart()
    await service.untilSaid(/Ctrl-C ends it/)
    expect(await readiness(url)).toMatchObject({ status: 200, ready: true, notes: {} })
    await untilNothingIsNamed(url)
    const { after } = await appendEvents(url, eventText(1))
    expect(await idsAfter(url, after)).toEqual([1])
    expect((await service.stop()).code).toBe(130)
  })

  it('ends at once when told to while it waits', async () => {
    await kafka.kill9()
    const service = processes.start(['start'], environment())
    await service.untilSaid(/"part":"log"/)
    expect((await service.stop()).code).toBe(130)
    await kafka.restart()
  })

  it('loses nothing that it acknowledged when Kafka and S3 are killed under load, names them, and goes on by itself', async () => {
    const env = environment()
    const service = processes.start(['start'], env)
    const url = await urlOf(service)
    await service.untilSaid(/Ctrl-C ends it/)
    await untilNothingIsNamed(url)
    const load = new Load(url, 1000)
    const running = load.run()
    await load.untilAcknowledged(20)
    // The SQL worker has read what was acknowledged before the log is gone.
    await idsAfter(url, load.after)

    await kafka.kill9()
    await waitUntil('a POST to be refused', () => load.refusals.length > 0)
    await waitUntil('the log to be named', async () => 'log' in (await readiness(url)).waiting_for)
    expect((await askSql(url, 'SELECT count(*) AS n FROM rsvp.arrival')).rows[0]?.['n']).toBeGreaterThanOrEqual(20)
    await kafka.restart()
    await load.untilAcknowledged(load.acknowledged.length + 20)
    await untilNothingIsNamed(url)

    await s3.kill9()
    const refusalCount = load.refusals.length
    await waitUntil('the store to be named', async () => 'store' in (await readiness(url)).waiting_for)
    await service.untilSaid(/archive of rsvp: an outage ended it/)
    await load.untilAcknowledged(load.acknowledged.length + 20)
    expect(load.refusals.length).toBe(refusalCount)
    await s3.restart()
    load.stop()
    await running
    await untilNothingIsNamed(url)

    expect(new Set(load.refusals)).toEqual(new Set(['503 LOG_UNREACHABLE']))
    expect(await idsAfter(url, load.after)).toEqual(expect.arrayContaining(load.acknowledged))
    await waitUntil('a generation of it all', async () => {
      const tidemark: After = (await askSql(url, 'SELECT 1')).as_of.datasets['rsvp']?.tidemark ?? {}
      return Object.entries(load.after).every(([name, offset]) => BigInt(tidemark[name] ?? 0) >= BigInt(offset))
    })
    expect(await idsAfter(url, load.after)).toEqual(expect.arrayContaining(load.acknowledged))
    expect((await service.stop()).code).toBe(130)
    expect(await processes.run(['verify', '--json'], env)).toMatchObject({ code: 0 })
  })

  it('refuses a store whose topic was deleted and made again, and ends a service that lives through it', async () => {
    const env = environment()
    const service = processes.start(['start'], env)
    await service.untilSaid(/Ctrl-C ends it/)
    const admin = createKafka({ brokers: kafka.env['KAFKA_BROKERS']?.split(',') ?? [], clientId: 'test' }).admin()
    await admin.connect()
    await admin.deleteTopics({ topics: ['rsvp'] })
    await admin.disconnect()
    expect(await service.ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/^tidemark: .*no topic rsvp/m) })
    const { code, stderr } = await processes.run(['start'], env)
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /^tidemark: .*of another log .*: use the store that belongs to this log, or an empty one/m,
      ),
    })
  })
})

/** Resolves once every part works, SQL workers included. */
async function untilNothingIsNamed(url: string): Promise<void> {
  await waitUntil('nothing to be named', async () => Object.keys((await readiness(url)).waiting_for).length === 0)
}

function eventText(id: number): string {
  return Buffer.from(rsvpRecord({ id }).value).toString()
}

async function idsAfter(url: string, after: After): Promise<readonly number[]> {
  const { rows } = await askSql(url, 'SELECT rsvp_id FROM rsvp ORDER BY rsvp_id', { after })
  return rows.map(({ rsvp_id: id }) => Number(id))
}

/** Posts one event after the other, each until it is acknowledged. */
class Load {
  readonly acknowledged: number[] = []
  /** Status and code of what was answered instead. */
  readonly refusals: string[] = []
  after: After = {}
  readonly #url: string
  #nextId: number
  #isStopped = false

  constructor(url: string, firstId: number) {
    this.#url = url
    this.#nextId = firstId
  }

  async run(): Promise<void> {
    while (!this.#isStopped) await this.#post()
  }

  stop(): void {
    this.#isStopped = true
  }

  async untilAcknowledged(count: number): Promise<void> {
    await waitUntil(`${count} events to be acknowledged`, () => this.acknowledged.length >= count)
  }

  async #post(): Promise<void> {
    const posted = await postEvents(this.#url, eventText(this.#nextId))
    if (!posted.isTaken) {
      this.refusals.push(`${posted.status} ${posted.code}`)
      return
    }
    this.after = { ...this.after, ...posted.after }
    this.acknowledged.push(this.#nextId)
    this.#nextId += 1
  }
}
