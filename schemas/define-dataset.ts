import { createHash } from 'node:crypto'
import { z } from 'zod'
import { checkInterface } from './check-interface.ts'
import { contractNode, nodeAt } from './contract.ts'
import type { ContractNode } from './contract.ts'
import type { Column, Dataset, SetTable, Table } from './dataset.ts'
import { layersQuery } from './layers-sql.ts'

/** Every dataset keeps the events that break its contract, with the reason and their bytes. */
const rejected = {
  kind: 'append',
  key: ['log_partition', 'log_offset'],
  columns: {
    log_partition: { path: '$partition', type: 'INTEGER' },
    log_offset: { path: '$offset', type: 'BIGINT' },
    received_at: { path: '$timestamp', type: 'TIMESTAMPTZ' },
    reason: { path: '$reason', type: 'VARCHAR' },
    value: { path: '$value', type: 'BLOB' },
  },
} as const satisfies Table

/** Part of every declaration's hash: a change of what the derived SQL means is a change of every dataset. */
const derivationVersion = 1

/** The store's own folders and the engine's own schemas. */
const reservedNames: ReadonlySet<string> = new Set(['raw', 'chains', 'manifests', 'probe', 'main', 'temp', 'system'])

const latestEpochMs = 253_402_300_799_999

/** A dataset whose declaration was checked: every path exists in the contract with a type its column can hold. */
export type DefinedDataset = Dataset & {
  readonly root: ContractNode
  /** Of contract and tables: generations of another hash were made by other rules. */
  readonly hash: string
}

/** Throws a TypeError that names the table and column of the first fault. */
export function defineDataset(declared: Dataset): DefinedDataset {
  const root = contractNode(declared.contract)
  const tables: Record<string, Table> = { ...declared.tables, rejected }
  if (!/^[a-z][a-z0-9]*$/.test(declared.name) || reservedNames.has(declared.name)) {
    throw new TypeError(
      `${declared.name}: a dataset's name is lower-case letters and digits, and none of ${[...reservedNames].join(', ')}`,
    )
  }
  const time = nodeAt(root, declared.time.path)
  if (time?.kind !== 'integer' || time.min < 0 || time.max > latestEpochMs) {
    throw new TypeError(`${declared.name}: ${declared.time.path} must be epoch milliseconds from 0 to ${latestEpochMs}`)
  }
  for (const [name, table] of Object.entries(declared.tables))
    checkTable({ root, tables: declared.tables, name, table })
  const hashed = {
    derivationVersion,
    contract: z.toJSONSchema(declared.contract, { io: 'input' }),
    time: declared.time,
    tables,
  }
  const hash = createHash('sha256').update(JSON.stringify(hashed)).digest('hex').slice(0, 16)
  const defined = { ...declared, ...withLayers({ ...declared, tables }), tables }
  checkInterface(defined)
  return Object.freeze({ ...defined, root, hash })
}

/** Every dataset that declares counts can be asked how its layers make them. */
function withLayers(dataset: Dataset): Pick<Dataset, 'queries' | 'feeds'> {
  if (Object.keys(dataset.counts).length === 0) return dataset
  const layers = {
    description: 'How the layers make each count.',
    answers: { layers: { query: 'layers' } },
    parameters: [],
  }
  return { queries: { ...dataset.queries, layers: layersQuery(dataset) }, feeds: { ...dataset.feeds, layers } }
}

/** The owner of a set; every other table is its own. What overrides the owner's row overrides its set. */
export function ownerOf(dataset: Dataset, name: string): string {
  const table = tableOf(dataset, name)
  return table.kind === 'set' ? table.owner : name
}

export function tableOf(dataset: Dataset, name: string): Table {
  const table = dataset.tables[name]
  if (table === undefined) throw new TypeError(`${dataset.name} has no table ${name}`)
  return table
}

/** The columns that tell any two rows of the table apart. */
export function uniqueColumns(table: Table): readonly string[] {
  return table.kind === 'set' ? [...table.key, ...table.distinct] : table.key
}

type Checked = {
  readonly root: ContractNode
  readonly tables: Readonly<Record<string, Table>>
  readonly name: string
  readonly table: Table
}

function checkTable({ root, tables, name, table }: Checked): void {
  if (name === 'rejected') throw new TypeError('rejected is a table that every dataset has')
  // Manifests list files by table, in objects that cannot hold this name.
  if (name === '__proto__') throw new TypeError('a table cannot be called __proto__')
  const element = elementOf(root, table, name)
  for (const [columnName, column] of Object.entries(table.columns))
    checkColumn(root, element, column, `${name}.${columnName}`)
  for (const column of uniqueColumns(table)) {
    if (table.columns[column] === undefined)
      throw new TypeError(`${name}: its key column ${column} is not one of its columns`)
  }
  if (table.kind === 'set') checkOwner(tables, table, name)
}

function checkOwner(tables: Readonly<Record<string, Table>>, table: SetTable, name: string): void {
  const owner = tables[table.owner]
  if (owner?.kind !== 'latest' || owner.array !== undefined)
    throw new TypeError(`${name}: its owner ${table.owner} is not a latest table of one row per event`)
  const [own, owners] = [table.key, owner.key].map((key) => JSON.stringify(key))
  if (own !== owners) throw new TypeError(`${name}: its key must be the key of ${table.owner}`)
}

function elementOf(root: ContractNode, table: Table, name: string): ContractNode | undefined {
  if ('array' in table && table.array !== undefined) {
    const node = nodeAt(root, table.array)
    if (node?.kind !== 'array') throw new TypeError(`${name}: ${table.array} is not an array of the contract`)
    return node.element
  }
  if ('entries' in table) {
    const node = nodeAt(root, table.entries)
    if (node?.kind !== 'entries') throw new TypeError(`${name}: ${table.entries} is not an object of entries`)
    return node.value
  }
  return undefined
}

const columnTypes: Readonly<Record<ContractNode['kind'], readonly Column['type'][]>> = {
  integer: ['BIGINT', 'INTEGER', 'TIMESTAMPTZ', 'DOUBLE'],
  number: ['DOUBLE'],
  text: ['VARCHAR'],
  enum: ['VARCHAR'],
  boolean: ['BOOLEAN'],
  object: [],
  array: [],
  entries: [],
}

function checkColumn(root: ContractNode, element: ContractNode | undefined, column: Column, where: string): void {
  if (column.path.startsWith('$') || column.path === '@key') return
  const node = column.path.startsWith('@.')
    ? element && nodeAt(element, column.path.slice(2))
    : nodeAt(root, column.path)
  if (node === undefined) throw new TypeError(`${where}: the contract has no ${column.path}`)
  if (!columnTypes[node.kind].includes(column.type))
    throw new TypeError(`${where}: ${column.path} cannot be ${column.type}`)
  if (node.kind === 'integer' && column.type === 'TIMESTAMPTZ' && node.max > latestEpochMs) {
    throw new TypeError(`${where}: ${column.path} must end at ${latestEpochMs}, the last millisecond of the year 9999`)
  }
}
