import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { $ZodType } from 'zod/v4/core'
import { checkInterface, requireTopic } from './check-interface.ts'
import { checkTables } from './check-tables.ts'
import { contractNode, slotsOn } from '../contract/contract.ts'
import type { ContractNode } from '../contract/node.ts'
import type { Contract, Dataset, Table } from './dataset.ts'
import { withDeletedTables } from './deleted-rows.ts'
import { droppedInterface, withDroppedColumns } from './dropped-elements.ts'
import { AppError } from '../errors.ts'
import { brokenReferencesInterface } from './broken-references.ts'
import { checkReferences } from './references.ts'
import { layersInterface } from './layers-sql.ts'
import { reservedWords } from './reserved-words.ts'
import { misfits } from '../sql/columns/column-value.ts'
import { latestEpochMs } from '../sql/columns/epoch-range.ts'
import { eventTime } from '../sql/columns/event-time.ts'
import { parseSpec } from '../sql/parse-spec.ts'
import { keyParts } from '../sql/record-keys.ts'
import { readTexts } from '../sql/read-texts.ts'
import { verdictSql } from '../sql/verdict-sql.ts'

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

/** Part of every declaration's hash. To be raised whenever the derived SQL changes its meaning. */
const derivationVersion = 3

/** A dataset whose declaration was checked: every path exists in the contract with a type its column can hold. */
export type DefinedDataset = Dataset & {
  readonly contract: $ZodType
  readonly root: ContractNode
  /** Hash of contract and tables. A generation with another hash was made by other rules. */
  readonly hash: string
  /**
   * Hash of all that decides what a verdict says: the contract, the rule of the time, which fields are read, and what is
   * read of the keys of tombstones. It is
   * the same for tables that make other rows of the same fields.
   */
  readonly contractHash: string
}

/** Modules in JavaScript are checked by no compiler. */
const ZodFour = z.object({ _zod: z.object({ version: z.object({ major: z.literal(4) }) }) })

const made = new WeakSet<object>()

/** Throws DATASET_FAULTY, which names the dataset and the place of the first fault. */
export function defineDataset(declared: Dataset): DefinedDataset {
  try {
    const dataset = define(declared)
    made.add(dataset)
    return dataset
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new AppError('DATASET_FAULTY', `${declared.name}: ${reason}`, { cause, details: { dataset: declared.name } })
  }
}

/** True for what `defineDataset` returned, and for nothing that only looks like it. */
export function isDefined(value: unknown): value is DefinedDataset {
  return typeof value === 'object' && value !== null && made.has(value)
}

function define(declared: Dataset): DefinedDataset {
  checkNames(declared)
  const { contract } = declared
  if (!isZodFour(contract)) throw new TypeError('contract: expected a z.object() of zod 4')
  const root = contractNode(contract)
  checkTime(root, declared.time)
  checkTables(root, declared.tables)
  checkReferences(declared.tables)
  const tables: Readonly<Record<string, Table>> = {
    ...withDeletedTables({ tables: withDroppedColumns(declared.tables), time: declared.time }),
    rejected,
  }
  const hashed = {
    derivationVersion,
    contract: root,
    time: declared.time,
    tables: hashedTables(tables),
  }
  const unfit = misfits({ root, tables })
  const tombstones = keyParts({ tables })
  const judgedBy = {
    derivationVersion,
    contract: root,
    time: declared.time,
    read: parseSpec(root, { tables, time: declared.time }),
    // The first of them that holds half a surrogate pair gives the reason.
    texts: readTexts({ root, tables }).map(({ name }) => name),
    ...(unfit.length === 0 ? {} : { unfit }),
    ...(tombstones.length === 0 ? {} : { tombstones }),
  }
  const [hash, contractHash] = [hashOf(hashed), hashOf(judgedBy)]
  const defined = { ...declared, ...withDerived({ ...declared, tables }), tables }
  checkInterface(defined)
  const dataset = Object.freeze({ ...defined, contract, root, hash, contractHash })
  // What SQL cannot express is refused now, not when the SQL first runs.
  verdictSql(dataset)
  return dataset
}

function isZodFour(contract: Contract): contract is $ZodType {
  return ZodFour.safeParse(contract).success
}

function checkNames({ name, topic, tables }: Dataset): void {
  // A module in JavaScript may have left them out.
  for (const [what, value] of Object.entries({ name, topic }))
    if (typeof value !== 'string') throw new TypeError(`it has no ${what}, which is a text`)
  if (typeof tables !== 'object') throw new TypeError('it has no tables')
  if (!/^[a-z][a-z0-9]*$/.test(name))
    throw new TypeError("a dataset's name is lower-case letters and digits, and begins with a letter")
  if (reservedWords.has(name))
    throw new TypeError(
      'it cannot be named like a word of SQL, a catalog of the engine or a folder of ours, choose another name',
    )
  requireTopic(topic)
}

function checkTime(root: ContractNode, time: Dataset['time']): void {
  const { path, aheadMsMax } = time
  eventTime({ root, time })
  if (slotsOn(root, path).some((slot) => slot === undefined || slot.mayBeMissing || slot.mayBeNull))
    throw new TypeError(`time: ${path} is the event's time, so it can be neither missing nor null`)
  // SQL adds it to a time of the log and counts both in microseconds, which 64 bits must hold.
  if (!Number.isSafeInteger(aheadMsMax) || aheadMsMax < 0 || aheadMsMax > latestEpochMs)
    throw new TypeError(
      `time: aheadMsMax must be a whole number of milliseconds up to ${latestEpochMs}, ${aheadMsMax} is none`,
    )
}

function hashOf(hashed: object): string {
  return createHash('sha256').update(hashText(hashed)).digest('hex').slice(0, 16)
}

/** JSON that differs wherever contracts differ, also in the order of fields and in infinite bounds. */
function hashText(hashed: object): string {
  return JSON.stringify(hashed, (_, value: unknown) => {
    if (value instanceof Map) return [...value]
    return value === Infinity ? 'unbounded' : value
  })
}

/**
 * The tables as they are hashed. `mayDrop` came later, and the derived SQL of a set that has it is the one of before.
 * References change no row: a dataset that declares one more keeps its generations.
 */
function hashedTables(tables: Readonly<Record<string, Table>>): object {
  return Object.fromEntries(
    Object.entries(tables).map(([name, declared]) => {
      const { references: _, computed: _computed, ...table } = declared
      if (table.kind !== 'set') return [name, table]
      const { mayDrop: __, ...hashed } = table
      return [name, hashed]
    }),
  )
}

/**
 * The dataset's queries, feeds and panels, with those that are derived: how the layers make each count, what sets drop,
 * and which references are broken.
 */
function withDerived(dataset: Dataset): Pick<Dataset, 'queries' | 'feeds' | 'panels'> {
  const dropped = droppedInterface(dataset.tables)
  const broken = brokenReferencesInterface(dataset.tables)
  const layers = Object.keys(dataset.counts).length === 0 ? { queries: {}, feeds: {} } : layersInterface(dataset)
  const queries = { ...layers.queries, ...dropped.queries, ...broken.queries }
  const feeds = { ...layers.feeds, ...dropped.feeds, ...broken.feeds }
  for (const [what, derived, declared] of [
    ['query', queries, dataset.queries],
    ['feed', feeds, dataset.feeds],
  ] as const)
    for (const name of Object.keys(derived))
      if (Object.hasOwn(declared, name)) throw new TypeError(`the ${what} ${name} is derived: choose another name`)
  return {
    queries: { ...dataset.queries, ...queries },
    feeds: { ...dataset.feeds, ...feeds },
    panels: [...dataset.panels, ...dropped.panels, ...broken.panels],
  }
}

/**
 * The owner of a set; for every other table its own name. A version that overrides the owner's row overrides its set.
 */
export function ownerOf(dataset: Dataset, name: string): string {
  const table = tableOf(dataset, name)
  return table.kind === 'set' ? table.owner : name
}

export function tableOf(dataset: Dataset, name: string): Table {
  const table = dataset.tables[name]
  if (table === undefined) throw new TypeError(`${dataset.name} has no table ${name}`)
  return table
}
