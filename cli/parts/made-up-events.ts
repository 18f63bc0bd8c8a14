import { nodeAt } from '../../schemas/contract/contract.ts'
import { madeUpValues } from '../../schemas/contract/made-up-values.ts'
import type { WishedValues } from '../../schemas/contract/made-up-values.ts'
import type { ContractNode } from '../../schemas/contract/node.ts'
import { columnSource, unnestedBy } from '../../schemas/declare/column-source.ts'
import { elementTypeOf } from '../../schemas/declare/column-types.ts'
import type { ColumnType } from '../../schemas/declare/column-types.ts'
import type { Column, Table } from '../../schemas/declare/dataset.ts'
import { conditionsOf } from '../../schemas/declare/deleted-rows.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { AppError } from '../../schemas/errors.ts'
import { noRanges } from '../../schemas/formats/offset-ranges.ts'
import { isOutOfMemory } from '../../schemas/ports/engine.ts'
import type { Session } from '../../schemas/ports/engine.ts'
import type { LogRecord, LogSlice } from '../../schemas/ports/log.ts'
import { fieldOf } from '../../schemas/sql/columns/column-value.ts'
import { latestEpochMs } from '../../schemas/sql/columns/epoch-range.ts'
import { keyParts, namesInKey } from '../../schemas/sql/record-keys.ts'
import { sqlSchemas } from '../../schemas/sql/sql-schemas.ts'
import { ident, list } from '../../schemas/sql/sql-text.ts'
import type { SpeedView } from '../../speed/speed-view.ts'

/** The schema of the made-up generation. No dataset's name begins so. */
const generation = '_made_up'

/** Where the generation ends that the view has. */
const firstOffset = 1n

/**
 * Takes a few events, made up from the contract, through all that is derived: verdicts, folds, a hand-over, and the
 * merged views with rows on both sides. A statement can be planned and fail for a row. One that a micro-batch or a
 * hand-over runs would end the process when such an event comes: its error is thrown. Returns a fault for each computed
 * column that fails where its table is read. The view must have generation 1, which ends at offset 1, and is of no use
 * afterwards.
 */
export async function takeMadeUpEvents(
  dataset: DefinedDataset,
  view: SpeedView,
  session: Session,
): Promise<readonly AppError[]> {
  const events = madeUpValues(dataset.root, wishedValues(dataset))
    .toReversed()
    .map((event) => Buffer.from(JSON.stringify(event)))
  const values = [null, Buffer.from('{}'), ...events]
  try {
    await view.apply([sliceOf([...values.map((value) => ({ key: null, value })), ...tombstones(dataset)])])
    const viewStatements = await madeUpGeneration(dataset, session)
    // Below it lies the first record alone, so that the hand-over compares the other rows with the generation's.
    const tidemark = new Map([[0, firstOffset + 1n]])
    await view.handOver({ generation: 2, tidemark, lost: noRanges, streamTime: 0, viewStatements })
    return await readMerged(dataset, session)
  } catch (error) {
    // The engine has little memory here, which is no fault of the dataset.
    if (isOutOfMemory(error)) return []
    throw error
  }
}

/** A fault of a column, with the first line of what the engine says. */
export function columnFault({ name }: DefinedDataset, place: string, cause: unknown): AppError {
  const [message = ''] = cause instanceof Error ? cause.message.split('\n', 1) : []
  return new AppError('DATASET_FAULTY', `${name}: ${place}: ${message}`, { cause })
}

/** Records of whatever time: a producer may write any number, a log's clock may be wrong. */
function sliceOf(given: readonly Pick<LogRecord, 'key' | 'value'>[]): LogSlice {
  const records = given.map((record, n): LogRecord => {
    const hasLogTime = n % 2 === 0
    const timestamp = hasLogTime ? BigInt(latestEpochMs) : 2n ** 63n - 1n
    return { ...record, offset: firstOffset + BigInt(n), timestamp, hasLogTime, headers: [] }
  })
  return { partition: 0, firstOffset, nextOffset: firstOffset + BigInt(given.length), records }
}

/** Tombstones with keys of several kinds, whole and as JSON; none for a dataset that reads no keys. */
function tombstones(dataset: DefinedDataset): readonly Pick<LogRecord, 'key' | 'value'>[] {
  const paths = keyParts(dataset).map(({ path }) => namesInKey(path))
  if (paths.length === 0) return []
  return [7, '7', ...textsFor('DATE')].flatMap((value) =>
    [String(value), JSON.stringify(nested(paths, value))].map((key) => ({ key: Buffer.from(key), value: null })),
  )
}

/** An object that has the value at each of the paths; the value itself where one of them is empty. */
function nested(paths: readonly (readonly string[])[], value: unknown): unknown {
  if (paths.some(({ length }) => length === 0)) return value
  const names = [...new Set(paths.flatMap(([name]) => name ?? []))]
  const below = (name: string) => paths.filter(([first]) => first === name).map((path) => path.slice(1))
  return Object.fromEntries(names.map((name) => [name, nested(below(name), value)]))
}

/**
 * Keeps what the speed view holds as the rows of a generation that are older by an offset, so that the view keeps its
 * own. Returns the statements that show them on the batch side.
 */
async function madeUpGeneration(dataset: DefinedDataset, session: Session): Promise<readonly string[]> {
  const { speedRows, batchRows } = sqlSchemas(dataset.name)
  await session.run(`CREATE SCHEMA ${generation}`)
  const tables = Object.keys(dataset.tables).map(ident)
  for (const table of tables)
    await session.run(
      `CREATE TABLE ${generation}.${table} AS SELECT * REPLACE (_offset - 1 AS _offset) FROM ${speedRows}.${table}`,
    )
  return tables.map((table) => `CREATE OR REPLACE VIEW ${batchRows}.${table} AS FROM ${generation}.${table}`)
}

async function readMerged(dataset: DefinedDataset, session: Session): Promise<readonly AppError[]> {
  const faults: AppError[] = []
  const { merged } = sqlSchemas(dataset.name)
  for (const [name, { columns, computed = {} }] of Object.entries(dataset.tables)) {
    await session.run(`SELECT ${list(Object.keys(columns).map(ident))} FROM ${merged}.${ident(name)}`)
    for (const column of Object.keys(computed))
      try {
        await session.run(`SELECT ${ident(column)} FROM ${merged}.${ident(name)}`)
      } catch (cause) {
        if (isOutOfMemory(cause)) continue
        faults.push(columnFault(dataset, `${name}.${column}: fails for an event that the contract allows`, cause))
      }
  }
  return faults
}

/**
 * Values without which a made-up event would be rejected or feed no table. All have one time, so that of those with one
 * key the last one counts.
 */
function wishedValues(dataset: DefinedDataset): WishedValues {
  const { root, time, tables } = dataset
  const wished = new Map<ContractNode, readonly unknown[]>()
  const wish = (node: ContractNode | undefined, values: readonly unknown[]) => {
    if (node !== undefined && values.length > 0)
      wished.set(node, [...new Set([...(wished.get(node) ?? []), ...values])])
  }
  const timeNode = nodeAt(root, time.path)
  wish(timeNode, timeNode?.kind === 'text' ? textsFor('TIMESTAMPTZ') : [1])
  for (const table of Object.values(tables)) {
    for (const column of Object.values(table.columns)) {
      const { node, type } = singleValue(dataset, table, column)
      if (node?.kind === 'text') wish(node, textsFor(type))
    }
    for (const { path, in: values } of conditionsOf(table)) wish(nodeAt(root, path), values)
    const { path, in: deleting = [] } = (table.kind === 'latest' && table.deletes) || {}
    const node = path === undefined ? undefined : nodeAt(root, path)
    // A row is there before it is deleted.
    if (node !== undefined) wish(node, [...madeUpValues(node, new Map()), ...deleting])
  }
  return wished
}

/** What a column reads: of a list, its elements. No node if it is not of the event. */
function singleValue({ root }: DefinedDataset, table: Table, { path, type }: Column) {
  const source = columnSource(path)
  if (source.of !== 'event' && source.of !== 'element') return { node: undefined, type }
  const { node } = fieldOf(root, unnestedBy(table), source).slot
  const element = elementTypeOf(type)
  return element !== null && node.kind === 'array' ? { node: node.element.node, type: element } : { node, type }
}

/** Texts that fit a column; none for one that takes every text. */
function textsFor(type: ColumnType): readonly string[] {
  switch (type) {
    case 'VARCHAR':
    case 'JSON':
      return []
    case 'TIMESTAMPTZ':
      return ['2017-03-19T12:30:00Z']
    case 'DATE':
      return ['2017-03-19', '2017-03-19T12:30:00Z']
    default:
      return ['7', '0']
  }
}
