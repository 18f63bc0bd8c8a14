import { randomUUID } from 'node:crypto'
import { withServers } from '../peers/servers.ts'
import { withService } from '../product/running-service.ts'
import { defineRow } from '../row.ts'
import { fresh, freshSamples, probeService } from './service.ts'

const { namedP99, sqlP99 } = fresh
const goal = { goal: { atMost: 250 }, moonshot: { atMost: 80 } } as const

/** The service on Kafka and S3, without a history. */
export const serviceServers = defineRow({
  name: 'service-servers',
  figures: {
    ...fresh,
    namedMedian: { title: fresh.namedMedian.title, unit: 'ms' },
    sqlMedian: { title: fresh.sqlMedian.title, unit: 'ms' },
    namedP99: { ...namedP99, ...goal },
    sqlP99: { ...sqlP99, ...goal },
  },
  async measure(lab) {
    const measured = await withServers(process.env, async ({ name, env }) =>
      lab.withFolder(async (folder) => {
        const own = { ...env, S3_PREFIX: `bench-${randomUUID()}/` }
        const { result } = await withService({ args: ['start'], folder, env: own }, ({ url }) => probeService(url))
        return { on: name, delays: result }
      }),
    )
    if ('skipped' in measured)
      return { namedMedian: measured, namedP99: measured, sqlMedian: measured, sqlP99: measured }
    const { on, delays } = measured
    const { namedMedian, namedP99: named, sqlMedian, sqlP99: sql } = freshSamples(delays)
    return {
      namedMedian: { ...namedMedian, on },
      namedP99: { ...named, on },
      sqlMedian: { ...sqlMedian, on },
      sqlP99: { ...sql, on },
    }
  },
})
