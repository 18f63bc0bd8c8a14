import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import { systemAlarm } from '../../connectors/waiting/alarm.ts'
import { absoluteDatasetList } from '../../schemas/declare/dataset-list.ts'
import type { LeftOut } from '../../schemas/declare/load-datasets.ts'
import { SqlWorkers } from '../../serving/sql/workers.ts'
import { Environment } from '../parts/config.ts'
import type { Config } from '../parts/config.ts'
import type { Waiting } from '../parts/waiting.ts'
import { LossWatch } from '../../serving/sql/loss-watch.ts'

const graceMs = 1_000
const restartMs = 100
const spareMs = 600_000
/** Statements that may wait, for each worker. */
const waitingMax = 8

/** Variables that a worker does not get, because it does not need them. */
const withheld: ReadonlySet<string> = new Set(['API_KEYS_FILE', 'ALLOW_NO_KEYS', 'ALLOWED_HOSTS', 'HOST', 'PORT'])

export type SqlWorkerNeeds = {
  readonly config: Pick<Config, 'SQL_WORKERS' | 'SQL_WORKER_MEMORY_BYTES_MAX' | 'TIDEMARK_DATASETS'>
  /** The environment that the configuration was read from. */
  readonly env: NodeJS.ProcessEnv
  readonly leftOut: readonly LeftOut[]
  readonly waiting: Waiting
  readonly logger: Pick<Logger, 'warn'>
}

export function openSqlWorkers(
  { config, env, leftOut, waiting, logger }: SqlWorkerNeeds,
  onWorkerLost: () => void,
): SqlWorkers {
  const losses = new LossWatch(waiting)
  const list = config.TIDEMARK_DATASETS
  return new SqlWorkers({
    command: {
      script: fileURLToPath(new URL('../sql-worker-main.js', import.meta.url)),
      // Workers leave out the same datasets as this process; they do not plan the SQL again.
      args: leftOut.map(({ name, reason }) => JSON.stringify({ name, reason })),
      environment: {
        ...Object.fromEntries(Object.entries(env).filter(([name]) => isNeeded(name))),
        ...(list === undefined ? {} : { TIDEMARK_DATASETS: absoluteDatasetList(list) }),
      },
      memoryBytesMax: config.SQL_WORKER_MEMORY_BYTES_MAX,
    },
    count: config.SQL_WORKERS,
    waitingMax: waitingMax * config.SQL_WORKERS,
    graceMs,
    restartMs,
    spareMs,
    setAlarm: systemAlarm,
    onWorkerReady: () => losses.noteReady(),
    onWorkerLost: (end) => {
      const { pid, reason, wasReady } = end
      logger.warn({ pid, reason, wasReady }, 'a SQL worker ended; another one starts')
      losses.note(end)
      onWorkerLost()
    },
  })
}

/**
 * A worker follows the log and the store itself, so it gets their addresses and credentials; of the other variables it
 * gets only those that Node needs.
 */
function isNeeded(name: string): boolean {
  return (
    (Object.hasOwn(Environment.shape, name) && !withheld.has(name)) ||
    name.startsWith('AWS_') ||
    ['PATH', 'HOME', 'TMPDIR', 'NODE_EXTRA_CA_CERTS'].includes(name)
  )
}
