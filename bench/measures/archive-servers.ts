import { randomUUID } from 'node:crypto'
import { archiveAll } from '../../cli/roles/archive-role.ts'
import { loadConfig } from '../../cli/parts/config.ts'
import { Parts } from '../../cli/parts/parts.ts'
import { createKafka } from '../../connectors/kafka/client.ts'
import { rsvp } from '../../schemas/rsvp/dataset.ts'
import { generateEvents } from '../events/generate-events.ts'
import type { Lab } from '../lab.ts'
import { withServers } from '../peers/servers.ts'
import type { Servers } from '../peers/servers.ts'
import { costOf, repeat } from '../product/timing.ts'
import { defineRow } from '../row.ts'

/** Kafka keeps them on its disk. */
const eventsMax = 300_000
const appendEvents = 2000

/** Archives a topic of its own to a prefix of its own. Removes both. */
async function measureServers(lab: Lab, { env }: Servers) {
  const events = Math.min(lab.events, eventsMax)
  const dataset = { ...rsvp, topic: `bench-${randomUUID()}` }
  const archiveOnce = () =>
    lab.withFolder((folder) =>
      withParts(
        { ...env, TIDEMARK_DATA_DIR: folder, S3_PREFIX: `${dataset.topic}/${randomUUID()}/` },
        async (parts) => {
          const [log, store] = [await parts.openLog(), await parts.openStore()]
          const cost = await costOf(() => archiveAll(parts, { log, store, datasets: [dataset] }))
          const keys: string[] = []
          for await (const { key } of store.list('')) keys.push(key)
          for (const key of keys) await store.delete(key)
          return cost
        },
      ),
    )
  try {
    await lab.withFolder((folder) =>
      withParts({ ...env, TIDEMARK_DATA_DIR: folder }, (parts) => fillTopic(parts, dataset.topic, events)),
    )
    return { events, runs: await repeat(lab.runs, archiveOnce) }
  } finally {
    await deleteTopic(env['KAFKA_BROKERS'] ?? '', dataset.topic)
  }
}

async function withParts<T>(variables: NodeJS.ProcessEnv, use: (parts: Parts) => Promise<T>): Promise<T> {
  const env = { LOG_LEVEL: 'warn', ...variables }
  const parts = await Parts.open(loadConfig(env), env)
  try {
    return await use(parts)
  } finally {
    await parts.close()
  }
}

async function fillTopic(parts: Parts, topic: string, count: number): Promise<void> {
  const log = await parts.openLog()
  await log.ensureTopic(topic)
  let batch: { key: null; value: Uint8Array }[] = []
  for (const value of generateEvents({ count, seed: 1 })) {
    batch.push({ key: null, value })
    if (batch.length < appendEvents) continue
    await log.append(topic, batch)
    batch = []
  }
  if (batch.length > 0) await log.append(topic, batch)
}

async function deleteTopic(brokers: string, topic: string): Promise<void> {
  const admin = createKafka({ brokers: brokers.split(','), clientId: 'tidemark-bench' }).admin()
  await admin.connect()
  await admin.deleteTopics({ topics: [topic] })
  await admin.disconnect()
}

export const archiveServers = defineRow({
  name: 'archive-servers',
  figures: {
    perCore: {
      title: 'archive, Kafka to S3',
      against: "a second of one core, by the archiver's processor time",
      unit: 'events/s',
      goal: { atLeast: 100_000 },
      moonshot: { atLeast: 200_000 },
    },
    rate: { title: 'archive, Kafka to S3, servers on the same machine', unit: 'events/s' },
  },
  async measure(lab) {
    const measured = await withServers(process.env, async (servers) => ({
      on: servers.name,
      ...(await measureServers(lab, servers)),
    }))
    if ('skipped' in measured) return { perCore: measured, rate: measured }
    const { on, events, runs } = measured
    return {
      perCore: { samples: runs.map(({ cpuMs }) => (1000 * events) / cpuMs), on },
      rate: { samples: runs.map(({ wallMs }) => (1000 * events) / wallMs), on },
    }
  },
})
