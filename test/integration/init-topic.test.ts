import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createKafka } from '../../connectors/kafka/client.ts'
import { openKafkaLog } from '../../connectors/kafka/log.ts'
import { shopEvents } from '../cli/commands/init/shop-events.ts'
import { Tidemark } from '../cli/run-tidemark.ts'
import { describeEachServer } from '../servers/required-servers.ts'

describeEachServer('kafka', ({ name, env }) => {
  const brokers = env['KAFKA_BROKERS'] ?? ''
  let tidemark: Tidemark
  beforeEach(async () => {
    tidemark = await Tidemark.open({ KAFKA_BROKERS: brokers })
  })
  afterEach(async () => {
    await tidemark.close()
  })

  it(`init reads the newest events of a topic of ${name}, over its partitions, and joins no group`, async () => {
    const topic = `orders-${randomUUID()}`
    const log = openKafkaLog({ brokers: brokers.split(','), clientId: 'tidemark-test', partitionCount: 3 })
    const admin = createKafka({ brokers: brokers.split(','), clientId: 'test' }).admin()
    await admin.connect()
    try {
      await log.ensureTopic(topic)
      for (const line of shopEvents(60)) await log.append(topic, [{ key: null, value: Buffer.from(line) }])
      const before = { bounds: await log.bounds(topic), groups: await admin.listGroups() }
      const out = ['--out', join(tidemark.folder, 'shop')]
      const { code, stdout } = await tidemark.run('init', 'shop', '--from', topic, '--events', '50', ...out)
      expect(stdout).toContain(`Read 50 events of the topic ${topic}, which has more.\n`)
      expect(stdout).toContain('\naccepted 50 of 50\n')
      expect(code).toBe(0)
      expect({ bounds: await log.bounds(topic), groups: await admin.listGroups() }).toEqual(before)
      const missing = await tidemark.run('init', 'shop', '--from', `${topic}-2`, ...out)
      expect(missing.stderr).toMatch(/there is no such file, and the Kafka at .* has no such topic/)
    } finally {
      await Promise.all([log.close(), admin.disconnect()])
    }
  })
})
