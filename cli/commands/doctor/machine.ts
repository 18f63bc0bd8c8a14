import { access, constants, readdir, stat, statfs } from 'node:fs/promises'
import { freemem, totalmem } from 'node:os'
import { join } from 'node:path'
import { makeFolder } from '../../../connectors/disk/make-folder.ts'
import type { DefinedDataset } from '../../../schemas/declare/define-dataset.ts'
import type { Config } from '../../parts/config.ts'
import { coresGiven } from '../../parts/cores.ts'
import { engineLimits } from '../../parts/engine-limits.ts'
import { fail, ok, warn } from './check.ts'
import type { Check } from './check.ts'
import { defaultsOf } from '../../flags/find-dataset.ts'
import { bytesText } from '../../output/text-columns.ts'

type Found = Omit<Check, 'name'>

const [nodeMajor, nodeMinor] = [20, 19]
const diskBytesLow = 1024 ** 3
const diskBytesMin = 64 * 1024 ** 2

/** `version` has the form of `process.versions.node`. */
export function checkNode(version: string): Found {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isEnough = major > nodeMajor || (major === nodeMajor && minor >= nodeMinor)
  return isEnough
    ? ok(`Node ${version}`)
    : fail(`Node ${version}: Tidemark needs ${nodeMajor}.${nodeMinor} or later, install the newest LTS`)
}

/** Call it for datasets whose SQL could be planned. */
export function checkDefaults(datasets: readonly DefinedDataset[]): Found {
  const defaults = defaultsOf(datasets).map(({ name }) => name)
  const facts = `${datasets.map(({ name }) => name).join(', ')}, all SQL can be planned`
  if (defaults.length < 2) return ok(facts)
  return warn(
    `${facts}; ${defaults.join(' and ')} both say they are the default, so none is: remove isDefault from all but one`,
  )
}

/** Compares the memory that all roles together may take with that of the machine or the container. */
export function checkMemory(
  { SPEED_MEMORY_BYTES_MAX, BATCH_MEMORY_BYTES_MAX, SQL_WORKERS, SQL_WORKER_MEMORY_BYTES_MAX }: Config,
  memoryBytes: number = memoryOfProcess(),
): Found {
  const configured = SPEED_MEMORY_BYTES_MAX + BATCH_MEMORY_BYTES_MAX + SQL_WORKERS * SQL_WORKER_MEMORY_BYTES_MAX
  const facts = `${bytesText(memoryBytes)} there, up to ${bytesText(configured)} configured for all roles in one process`
  if (configured <= memoryBytes) return ok(facts)
  return warn(
    `${facts}: lower SPEED_MEMORY_BYTES_MAX, BATCH_MEMORY_BYTES_MAX, SQL_WORKERS or SQL_WORKER_MEMORY_BYTES_MAX, or run roles apart`,
  )
}

/** Shows the cores that this process is given, and what is made of them. */
export function checkCores(config: Config, cores: number = coresGiven()): Found {
  const { batch, speed, sqlWorker } = engineLimits(config, cores)
  const { SQL_WORKERS: workers } = config
  const facts = `${cores} given; threads: ${batch.threads} for batch runs, ${speed.threads} for the speed view and the queries, ${sqlWorker.threads} for each of ${workers} SQL workers`
  const most = Math.max(batch.threads, speed.threads, sqlWorker.threads)
  if (most <= cores) return ok(facts)
  return warn(`${facts}: more than cores, lower BATCH_THREADS, SPEED_THREADS or SQL_WORKER_THREADS`)
}

/** Checks that the folder exists and can be written, and that its disk has room. */
export async function checkDataFolder(folder: string, freeBytes?: number): Promise<Found> {
  await makeFolder(folder)
  await access(folder, constants.R_OK | constants.W_OK)
  const { bavail, bsize } = await statfs(folder)
  const free = freeBytes ?? bavail * bsize
  const facts = `${folder}, ${bytesText(free)} free`
  if (free < diskBytesMin) return fail(`${facts}: make room, or set TIDEMARK_DATA_DIR to a folder on another disk`)
  return free < diskBytesLow ? warn(`${facts}: little, make room before it runs full`) : ok(facts)
}

/** Shows the size of the caches, which are safe to delete while nothing runs. */
export async function checkCache(folder: string): Promise<Found> {
  return ok(`${bytesText(await folderBytes(folder))} in ${folder}; safe to delete while nothing runs`)
}

/** A container may have less memory than its machine. */
function memoryOfProcess(): number {
  const limit = process.constrainedMemory()
  return limit > 0 && limit < totalmem() ? limit : Math.max(totalmem(), freemem())
}

async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const sizes = entries.map((entry) =>
    entry.isDirectory() ? folderBytes(join(folder, entry.name)) : fileBytes(join(folder, entry.name)),
  )
  return (await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes, 0)
}

/** Another process may delete the file meanwhile. */
async function fileBytes(path: string): Promise<number> {
  return await stat(path).then(
    ({ size }) => size,
    () => 0,
  )
}
