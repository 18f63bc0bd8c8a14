import { afterAll, beforeAll, expect, it } from 'vitest'
import { createKafka } from '../../connectors/kafka/client.ts'
import { startKafka } from '../servers/kafka.ts'
import { describeWithNativeServers } from '../servers/required-servers.ts'
import type { NativeServer } from '../servers/server-process.ts'
import { askSql } from '../support/ask.ts'
import { OwnersFolder, ownedModule } from '../support/owned-datasets.ts'
import { Processes, root } from '../support/tidemark-process.ts'
import { waitUntil } from '../support/wait-until.ts'

const tables = `tables: { thing: {
  kind: 'latest', key: ['id'], columns: { id: { path: 'id', type: 'BIGINT' } },
  deletes: { tombstones: { id: '$key.payload.id' } },
} }`

describeWithNativeServers('a tombstone on Kafka', () => {
  let kafka: NativeServer
  let owner: OwnersFolder
  let processes: Processes

  beforeAll(async () => {
    kafka = await startKafka()
    owner = await OwnersFolder.open()
    await owner.write('shop/dataset.ts', ownedModule('shop', tables))
    processes = await Processes.open(root, owner.path)
  })
  afterAll(async () => {
    await processes.close()
    await owner.remove()
    await kafka.stop()
  })

  it('deletes its row from what is live, from a generation and from a rebuild, and is rejected where its key is none', async () => {
    const seldom = { BATCH_CRON: '0 0 1 1 *', STORE_WATCH_MS: '100', ARCHIVE_CHUNK_AGE_MS: '200' }
    const env = { ...kafka.env, ...seldom, TIDEMARK_DATASETS: './shop', TIDEMARK_DATA_DIR: processes.newDataFolder() }
    const service = processes.start(['start'], env)
    const url = (await service.untilSaid(/answers at (http:\S+)/))[1] ?? ''
    await service.untilSaid(/Ctrl-C ends it/)

    const producer = createKafka({
      brokers: kafka.env['KAFKA_BROKERS']?.split(',') ?? [],
      clientId: 'test',
    }).producer()
    await producer.connect()
    const send = (key: string, value: string | null) => producer.send({ topic: 'shop', messages: [{ key, value }] })
    for (const id of [1, 2]) await send(`{"schema":{},"payload":{"id":${id}}}`, `{"id":${id},"at":1}`)
    await send('{"schema":{},"payload":{"id":1}}', null)
    await send('{"id":2}', null)
    await producer.disconnect()

    const facts = async (options = {}) => {
      const things = "(SELECT string_agg(id::VARCHAR, ' ' ORDER BY id) FROM shop.thing)"
      const deleted = "(SELECT string_agg(id::VARCHAR, ' ' ORDER BY id) FROM shop.thing_deleted)"
      const reasons = "(SELECT string_agg(reason, ' ') FROM shop.rejected)"
      const { rows } = await askSql(url, `SELECT ${things} AS things, ${deleted} AS deleted, ${reasons} AS reasons`, {
        after: { 'shop/0': '4' },
        ...options,
      })
      return rows
    }
    const expected = [{ things: '2', deleted: '1', reasons: '$key.payload: missing' }]
    expect(await facts()).toEqual(expected)
    for (const options of [[], ['--rebuild']]) {
      const { generation } = JSON.parse((await processes.run(['batch', 'run', ...options], env)).stdout)
      await waitUntil(
        'the hand-over',
        async () => (await askSql(url, 'SELECT 1')).as_of.datasets['shop']?.generation === generation,
      )
      for (const view of ['merged', 'batch']) expect(await facts({ view })).toEqual(expected)
    }
    expect(await processes.run(['verify', '--json'], env)).toMatchObject({ code: 0 })
    expect((await service.stop()).code).toBe(130)
  })
})
