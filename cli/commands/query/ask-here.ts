import type { Answer, ReadRequest } from '../../../serving/replica/reader.ts'
import { tell } from '../../output/output.ts'
import type { Parts } from '../../parts/parts.ts'
import { Progress } from '../../output/progress.ts'
import { openReplicaSet } from '../../roles/replica-set.ts'
import type { ReplicaSet } from '../../roles/replica-set.ts'

const redrawMs = 250
/**
 * If stderr is not a terminal, there is no progress line. Then one message after this time says what the command waits
 * for.
 */
const silenceMsMax = 5_000

/**
 * Opens log and store in this process, waits until every dataset has reached the log's end as it was at the start, and
 * reads once. `parts` closes what it opens. Rejects when the process is asked to stop.
 */
export async function askHere(
  parts: Parts,
  request: Omit<ReadRequest, 'after' | 'timeoutMs' | 'bytesMax'>,
): Promise<Answer> {
  const { config } = parts
  const plumbing = { log: await parts.openLog(), store: await parts.openStore() }
  await parts.preparePlumbing({ log: plumbing.log })
  const replicas = parts.closers.add(
    'replicas',
    await openReplicaSet(parts, {
      ...plumbing,
      ...parts.limits.speed,
      microBatchIntervalMs: config.SPEED_INTERVAL_MS,
    }),
  )
  await startShowing(parts, replicas)
  return await replicas.reader.read({
    ...request,
    after: new Map(),
    timeoutMs: config.QUERY_TIMEOUT_MS,
    bytesMax: config.QUERY_BYTES_MAX,
  })
}

async function startShowing(parts: Parts, replicas: ReplicaSet): Promise<void> {
  const progress = new Progress()
  const redraw = setInterval(() => progress.show(describe(replicas)), redrawMs)
  const silence = setTimeout(() => process.stderr.isTTY || tell(describe(replicas)), silenceMsMax)
  try {
    await Promise.race([replicas.start(), replicas.ended, untilStopped(parts)])
  } finally {
    clearInterval(redraw)
    clearTimeout(silence)
    progress.end()
  }
}

function describe({ reader }: ReplicaSet): string {
  return reader
    .status()
    .filter(({ isReady }) => !isReady)
    .map(({ dataset, waitingFor, speed, start_end: ends }) => {
      const parts = Object.entries(ends).map(([partition, end]) => `${partition} ${speed[partition] ?? '0'} of ${end}`)
      return `${dataset}: waiting for ${waitingFor ?? 'nothing'} · ${parts.join(', ')}`
    })
    .join(' · ')
}

async function untilStopped(parts: Parts): Promise<never> {
  await parts.stopped()
  throw parts.signal.reason
}
