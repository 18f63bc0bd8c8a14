import { randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openKafkaLog } from '../../connectors/kafka/log.ts'
import type { EventLog } from '../../schemas/ports/log.ts'
import { parseCompose } from '../compose/compose-file.ts'
import { ownServices } from '../compose/compose-rules.ts'
import { recordedLines } from '../oracle/recording.ts'
import { rsvpRecord } from '../support/make-rsvp.ts'
import { appendEvents, askSql, readiness, servedTables } from '../support/ask.ts'
import type { After } from '../support/ask.ts'
import { readLog } from '../support/read-log.ts'
import { Processes, recording, root } from '../support/tidemark-process.ts'
import type { ProcessEnv, TidemarkProcess } from '../support/tidemark-process.ts'
import { waitUntil } from '../support/wait-until.ts'
import { describeEachServer, describeWithServers } from '../servers/required-servers.ts'
import type { ServerEnv } from '../servers/server-process.ts'

const compose = parseCompose(readFileSync(join(root, 'docker-compose.yml'), 'utf8'))
const roles = new Map(ownServices(compose).map(([name, service]) => [name, service]))

/** So that a run takes seconds: what docker-compose.yml leaves at its default. */
const hurried = {
  BATCH_CRON: '* * * * * *',
  STORE_WATCH_MS: '100',
  ARCHIVE_CHUNK_BYTES_MAX: '50000',
  ARCHIVE_CHUNK_AGE_MS: '200',
}
const firstPart = 700

describeWithServers(['kafka', 's3'], (kafka) =>
  describeEachServer('s3', (s3) =>
    describe(`roles apart, as docker-compose.yml starts them, on Kafka and ${s3.name}`, () =>
      defineRoles({ ...kafka, ...s3.env, S3_PREFIX: `roles-${randomUUID()}` })),
  ),
)

/** The tests are one story: each begins where the one before it ended. All of a run share one Kafka and so one topic. */
function defineRoles(servers: ServerEnv): void {
  let processes: Processes
  let log: EventLog
  const used = new Set<string>()
  const replicas = new Map<string, { service: TidemarkProcess; url: string; env: ProcessEnv }>()

  beforeAll(async () => {
    processes = await Processes.open()
    log = openKafkaLog({ brokers: servers['KAFKA_BROKERS']?.split(',') ?? [], clientId: 'test', partitionCount: 4 })
  })
  afterAll(async () => {
    await processes.close()
    await log.close()
  })

  /** A service of docker-compose.yml, with the values of its variables that name the servers of this test. */
  function role(name: string, more: ProcessEnv = {}): { readonly args: readonly string[]; readonly env: ProcessEnv } {
    used.add(name)
    const { command, environment } = roles.get(name) ?? { command: [], environment: {} }
    const here: ProcessEnv = { ...servers, TIDEMARK_DATA_DIR: processes.newDataFolder(), HOST: '127.0.0.1' }
    const named = Object.entries(environment).map(([variable, value]) => [variable, here[variable] ?? value])
    const prefix = { S3_PREFIX: servers['S3_PREFIX'] ?? '' }
    return { args: command, env: { ...Object.fromEntries(named), ...prefix, ...hurried, ...more } }
  }

  async function serve(name: string, env: ProcessEnv = role(name).env): Promise<void> {
    const service = processes.start(role(name).args, env)
    const [, url = ''] = await service.untilSaid(/answers at (http:\S+)/)
    await service.untilSaid(/^ready$/m)
    replicas.set(name, { service, url, env })
  }

  function urls(): readonly string[] {
    return [...replicas.values()].map(({ url }) => url)
  }

  /** The command of compose reads the bundled recording, slowly; here it reads part of it, as fast as is asked. */
  async function ingest(name: string, lines: readonly Uint8Array[], rate: string): Promise<void> {
    const file = join(processes.folder, name)
    writeFileSync(file, Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])))
    const { args, env } = role('ingest')
    const words = args.map((word) => (recording.endsWith(word) ? file : word === '20' ? rate : word))
    expect(await processes.run(words, env)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`${lines.length} appended`),
    })
  }

  async function expectExact(): Promise<After> {
    const { recounted, after } = await readLog(log)
    for (const url of urls()) expect(await servedTables(url, { after })).toEqual(recounted)
    return after
  }

  async function tidemarks(): Promise<readonly (After | undefined)[]> {
    const asked = urls().map((url) => askSql(url, 'SELECT 1'))
    return (await Promise.all(asked)).map(({ as_of: asOf }) => asOf.datasets['rsvp']?.tidemark)
  }

  async function untilBatched(after: After): Promise<void> {
    const isBatched = async () =>
      (await tidemarks()).every((tidemark) =>
        Object.entries(after).every(([name, offset]) => tidemark?.[name] === offset),
      )
    await waitUntil('the replicas to attach a generation of it all', isBatched)
  }

  it('makes topic and bucket, and may be told so twice', async () => {
    const setup = role('setup')
    expect(await processes.run(setup.args, setup.env)).toMatchObject({ code: 0 })
    expect(await processes.run(setup.args, setup.env)).toMatchObject({ code: 0 })
    expect((await log.bounds('rsvp')).size).toBe(4)
  })

  it('answers exactly before the batch layer has made anything', async () => {
    await serve('serve-1')
    await ingest('first-part', recordedLines().slice(0, firstPart), '100000')
    await expectExact()
    expect((await tidemarks())[0]).toEqual({})
  })

  it('answers exactly during and after hand-overs, and no count goes down; a second archiver does no harm', async () => {
    for (const name of ['archive', 'archive', 'batch']) {
      const { args, env } = role(name)
      await processes.start(args, env).untilSaid(/^(archiving|batch runs of) /m)
    }
    await serve('serve-2')
    await untilBatched(await expectExact())
    let isDone = false
    const readers = urls().map(async (url) => {
      const seen: number[] = []
      await waitUntil('the end', async () => {
        seen.push(Number((await askSql(url, 'SELECT count(*) AS n FROM rsvp.arrival')).rows[0]?.['n']))
        return isDone
      })
      return seen
    })
    await ingest('second-part', recordedLines().slice(firstPart), '300')
    const after = await expectExact()
    await untilBatched(after)
    isDone = true
    for (const seen of await Promise.all(readers)) expect(seen).toEqual(seen.toSorted((a, b) => a - b))
    await expectExact()
  })

  it('answers what the embedded run answers', async () => {
    const sql =
      "SELECT count(*) AS yes, sum(1 + guests) AS heads, (SELECT count(*) FROM rsvp WHERE rsvp_id > 1) AS rsvps, (SELECT count(*) FROM topic) AS topics FROM rsvp WHERE response = 'yes'"
    for (const url of urls())
      expect((await askSql(url, sql)).rows).toEqual([{ yes: 864, heads: 1002, rsvps: 1260, topics: 3017 }])
  })

  it('answers the same from a replica that was killed and started again, with its data folder and without', async () => {
    const [first, second] = [...replicas]
    await first?.[1].service.kill9()
    await second?.[1].service.kill9()
    replicas.clear()
    await serve('serve-1', first?.[1].env)
    await serve('serve-2')
    await expectExact()
  })

  it('runs a batch once on demand, and says as JSON what came of it', async () => {
    const [url = ''] = urls()
    await appendEvents(url, `${Buffer.from(rsvpRecord({ id: 1, response: 'no', topics: [] }).value).toString()}\n`)
    const runs: unknown[] = []
    const { env } = role('batch')
    for (const args of [
      ['batch', 'run', '--dataset', 'rsvp'],
      ['batch', 'run', '--dataset', 'rsvp'],
    ]) {
      const { code, stdout } = await processes.run(args, env)
      runs.push({ code, ...JSON.parse(stdout) })
    }
    expect(runs).toEqual([
      expect.objectContaining({ code: 0, dataset: 'rsvp' }),
      expect.objectContaining({ code: 0, dataset: 'rsvp', created: false }),
    ])
    await untilBatched((await readLog(log)).after)
    await expectExact()
  })

  it('is seen to be well by its health checks, by verify and by a query without a server', async () => {
    const { env } = role('archive')
    const checked = roles.get('archive')?.healthcheck
    const check = checked !== undefined && 'test' in checked ? checked.test : []
    expect(check.slice(0, 3)).toEqual(['CMD', 'node', 'dist/cli/tidemark.cjs'])
    expect(await processes.run(check.slice(3), env)).toMatchObject({ code: 0 })
    for (const url of urls()) expect(await readiness(url)).toMatchObject({ status: 200, ready: true })
    expect(await processes.run(['verify', '--json'], env)).toMatchObject({ code: 0 })
    expect(used).toEqual(new Set(roles.keys()))
    const { code, stdout } = await processes.run(
      ['query', "SELECT count(*) AS yes FROM rsvp WHERE response = 'yes'", '--format', 'csv'],
      env,
    )
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'yes\r\n864\r\n' })
  })
}
