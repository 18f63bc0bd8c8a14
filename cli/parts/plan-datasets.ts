import { relative } from 'node:path'
import type { Logger } from 'pino'
import type { DuckDbEngine } from '../../connectors/engine/duckdb-engine.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { AppError } from '../../schemas/errors.ts'
import { explain } from '../../schemas/declare/load-datasets.ts'
import type { LeftOut } from '../../schemas/declare/load-datasets.ts'
import type { Session } from '../../schemas/ports/engine.ts'
import { sqlSchemas } from '../../schemas/sql/sql-schemas.ts'
import { ident, list } from '../../schemas/sql/sql-text.ts'
import { computedSql } from '../../schemas/sql/table-sql.ts'
import { noRanges } from '../../schemas/formats/offset-ranges.ts'
import { createPublicViews } from '../../serving/replica/merged-view.ts'
import { planSql, planTimedSql } from '../../serving/sql/plan-sql.ts'
import { ReplicaReader } from '../../serving/replica/replica-reader.ts'
import { SpeedView } from '../../speed/speed-view.ts'
import { columnFault, takeMadeUpEvents } from './made-up-events.ts'
import type { OpenEngine } from './plumbing.ts'

export type PlanNeeds = {
  readonly datasets: readonly DefinedDataset[]
  readonly openEngine: OpenEngine
  readonly logger: Pick<Logger, 'error'>
}

const memoryBytesMax = 128 * 1024 * 1024

/**
 * Returns every dataset whose derived or declared SQL the engine cannot plan, or whose derived SQL fails for events that
 * its contract allows, so that it can be left out: faulty SQL is found here and not by the callers of its queries, nor
 * by an event that would end the process for all datasets.
 */
export async function planDatasets({ datasets, openEngine, logger }: PlanNeeds): Promise<readonly LeftOut[]> {
  const faulty: LeftOut[] = []
  for (const dataset of datasets) {
    const [fault] = await planDataset(dataset, openEngine)
    if (fault !== undefined) faulty.push(fault)
  }
  for (const each of faulty) logger.error({ dataset: each.name }, `left out: ${explain(each)}`)
  return faulty
}

/** Returns every reason to leave the dataset out. It has its own engine, because a statement may break the engine. */
export async function planDataset(dataset: DefinedDataset, openEngine: OpenEngine): Promise<readonly LeftOut[]> {
  const engine = await openEngine(`plan-${process.pid}-${dataset.name}`, memoryBytesMax, 1)
  return await faultsOf(dataset, engine).finally(() => engine.close())
}

/**
 * Returns the dataset with each reason to leave it out; none if all of its SQL can run. The engine cannot be used for
 * anything else afterwards.
 */
export async function faultsOf(dataset: DefinedDataset, engine: DuckDbEngine): Promise<readonly LeftOut[]> {
  const { name } = dataset
  const faults: AppError[] = []
  try {
    await planAll(dataset, engine, faults)
  } catch (cause) {
    // A statement of the dataset may have broken the engine, which is among the faults then.
    if (faults.length === 0)
      return [{ name, reason: `${name}: the SQL that is derived from its tables cannot run`, cause }]
  }
  const reasons = faults.map(({ message }) => message)
  const told = faults.filter(({ message }, n) => reasons.indexOf(message) === n)
  return told.map(({ message: reason, details }) => {
    const file = details['file']
    return typeof file === 'string' ? { name, reason, cause: new Error(fromHere(file)) } : { name, reason }
  })
}

/** Paths below the working directory are shorter from there. */
function fromHere(path: string): string {
  const below = relative('.', path)
  return below.startsWith('..') ? path : below
}

/**
 * Plans as a replica runs: before the first event, and after the hand-over to a generation, whose tables are empty too.
 * Then events are made up. What is found is in `faults` even if this throws.
 */
async function planAll(dataset: DefinedDataset, engine: DuckDbEngine, faults: AppError[]): Promise<void> {
  const session = await engine.connect()
  const view = new SpeedView(dataset, session)
  await view.open()
  faults.push(...(await planComputed(dataset, session)))
  if (faults.length > 0) return session.close()
  await createPublicViews(session, dataset)
  const reader = new ReplicaReader(engine.instance, [
    {
      dataset,
      speed: {
        state: () => view.state(),
        reach: async () => {},
        wake: async () => {},
        receive: async () => {},
        oldestPending: null,
      },
      refresh: async () => {},
      phase: { kind: 'ready', startEnd: new Map() },
    },
  ])
  try {
    faults.push(...(await planSql(dataset, reader)))
    const tidemark = new Map([[0, 1n]])
    await view.handOver({ generation: 1, tidemark, lost: noRanges, streamTime: 0, viewStatements: [] })
    faults.push(...(await planTimedSql(dataset, reader)))
    faults.push(...(await takeMadeUpEvents(dataset, view, session)))
  } finally {
    reader.close()
    session.close()
  }
}

/** The views compute these columns, so a fault in one is found before the views are made. */
async function planComputed(dataset: DefinedDataset, session: Session): Promise<readonly AppError[]> {
  const faults: AppError[] = []
  const { speedRows } = sqlSchemas(dataset.name)
  for (const [name, { columns, computed = {} }] of Object.entries(dataset.tables)) {
    const row = `(SELECT ${list(Object.keys(columns).map(ident))} FROM ${speedRows}.${ident(name)})`
    for (const [column, value] of Object.entries(computed))
      try {
        await session.rows(`SELECT TRY(${computedSql(value)}) FROM ${row}`)
      } catch (cause) {
        faults.push(columnFault(dataset, `${name}.${column}`, cause))
      }
  }
  return faults
}
