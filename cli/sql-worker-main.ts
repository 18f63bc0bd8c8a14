import { resolve } from 'node:path'
import { z } from 'zod'
import { makeFolder } from '../connectors/disk/make-folder.ts'
import { lockStatements } from '../serving/sql/lock-engine.ts'
import { startSqlWorker } from '../serving/sql/worker.ts'
import type { Reader } from '../serving/replica/reader.ts'
import type { FromWorker } from '../serving/sql/worker-protocol.ts'
import { loadConfig } from './parts/config.ts'
import { Parts } from './parts/parts.ts'
import { describe } from './flags/run-command.ts'
import { openReplicaSet } from './roles/replica-set.ts'

/** The datasets that the server has left out, which it passes as arguments. */
const LeftOutBefore = z.object({ name: z.string(), reason: z.string() })

/** A worker folds seldom by itself, to save work. A statement makes it fold what it needs at once. */
const [microBatchIntervalMs, restMs] = [1000, 10_000]
const spillBytesMax = 4 * 1024 ** 3

/**
 * A process for ad-hoc SQL. It has its own replica, and its engine is closed to files and settings before the first
 * statement. Only the native files of the cache stay open to it, because later generations are attached from there.
 */
async function main(): Promise<void> {
  const config = loadConfig(process.env)
  const parts = await Parts.open(config, process.env)
  const leftOut = process.argv.slice(2).map((arg) => LeftOutBefore.parse(JSON.parse(arg)))
  parts.leaveOut(leftOut)
  await startSqlWorker({
    channel: process,
    memoryBytesMax: config.SQL_WORKER_MEMORY_BYTES_MAX,
    engineBytesMax: parts.limits.sqlWorker.memoryBytesMax,
    tables: new Map(parts.datasets.map(({ name, tables }) => [name, Object.keys(tables)])),
    leftOut: new Map(leftOut.map(({ name, reason }) => [name, reason])),
    openReader: () => openLockedReader(parts),
  })
}

async function openLockedReader(parts: Parts): Promise<Reader & { close(): Promise<void> }> {
  const plumbing = { log: await parts.openLog(), store: await parts.openStore() }
  const replicas = parts.closers.add(
    'replicas',
    await openReplicaSet(parts, { ...plumbing, ...parts.limits.sqlWorker, microBatchIntervalMs, restMs }),
  )
  await replicas.start()
  const natives = resolve(parts.folder('cache'), 'native')
  await makeFolder(natives)
  await replicas.lock(lockStatements({ readableFolder: natives, spillBytesMax }))
  replicas.ended.catch((error: unknown) => {
    // A replica that is closed ends, too, in the middle of what it waits for.
    if (!parts.signal.aborted) fail(error)
  })
  return {
    read: (request) => replicas.reader.read(request),
    status: () => replicas.reader.status(),
    close: () => parts.close(),
  }
}

/** The service logs the reason. The trace of an unexpected error goes to stderr. */
function fail(error: unknown): void {
  const [reason = '', ...trace] = describe(error).split('\n')
  if (trace.length > 0) process.stderr.write(`${[reason, ...trace].join('\n')}\n`)
  const ending: FromWorker = { type: 'ending', reason }
  if (process.send === undefined) process.exit(1)
  process.send(ending, undefined, undefined, () => process.exit(1))
}

main().catch(fail)
