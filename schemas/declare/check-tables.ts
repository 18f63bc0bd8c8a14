import { z } from 'zod'
import { nodeAt, slotAt } from '../contract/contract.ts'
import { isScalar } from '../contract/node.ts'
import type { ContractNode, Slot } from '../contract/node.ts'
import { parsedType } from '../contract/kinds.ts'
import type { ParsedType } from '../contract/kinds.ts'
import { isPlainText } from '../contract/engine-pattern.ts'
import { unplain } from '../contract/rules.ts'
import { columnSource, unnestedBy } from './column-source.ts'
import { elementTypeOf, isKnownType, typeNames } from './column-types.ts'
import type { ColumnType } from './column-types.ts'
import type { Column, SetTable, Table, When } from './dataset.ts'
import { checkTombstones, conditionsOf } from './deleted-rows.ts'
import { droppedColumn } from './dropped-elements.ts'
import { requireOwnName } from './reserved-words.ts'
import { elementSlots } from '../sql/columns/column-value.ts'
import { constantFits } from '../sql/columns/constant-fits.ts'
import { conversionOf, possibleTypes } from '../sql/columns/conversion.ts'

type Tables = Readonly<Record<string, Table>>

type Checked = {
  readonly root: ContractNode
  readonly tables: Tables
  readonly name: string
  readonly table: Table
}

/** Throws a TypeError that names table and column of the first fault. */
export function checkTables(root: ContractNode, tables: Tables): void {
  for (const [name, table] of Object.entries(tables)) checkTable({ root, tables, name, table })
}

/** The columns that tell any two rows of the table apart. */
export function uniqueColumns(table: Table): readonly string[] {
  return table.kind === 'set' ? [...table.key, ...table.distinct] : table.key
}

/** The type of each column that people see, as DDL has it. */
export function publicTypes({ columns, computed = {} }: Table): Readonly<Record<string, ColumnType>> {
  return Object.fromEntries(Object.entries({ ...columns, ...computed }).map(([name, { type }]) => [name, type]))
}

const kinds: readonly string[] = ['latest', 'set', 'append'] satisfies readonly Table['kind'][]

/** A module in JavaScript may leave out or misspell what the types ask for. */
function checkShape({ kind, columns }: Table, name: string): void {
  if (!kinds.includes(kind)) throw new TypeError(`${name}: its kind is one of ${kinds.join(', ')}, and ${kind} is none`)
  for (const [column, { path, type }] of Object.entries(columns))
    for (const [what, value] of Object.entries({ path, type }))
      if (typeof value !== 'string') throw new TypeError(`${name}.${column}: it has no ${what}, which is a text`)
}

function checkTable(checked: Checked): void {
  const { root, name, table } = checked
  if (!/^[a-z][a-z0-9_]*$/.test(name))
    throw new TypeError(
      `the table ${name}: a table's name is lower-case letters, digits and _, and begins with a letter`,
    )
  requireOwnName('a table', name)
  if (name === 'rejected') throw new TypeError('rejected is a table that every dataset has: choose another name')
  checkShape(table, name)
  checkNames(table, name)
  const elements = elementsOf(root, table, name)
  for (const [columnName, column] of Object.entries(table.columns))
    checkColumn({ root, elements, table, column, where: `${name}.${columnName}` })
  for (const [column, path] of Object.entries((table.kind === 'latest' && table.deletes?.key) || {})) {
    const declared = table.columns[column]
    if (declared === undefined || !table.key.includes(column))
      throw new TypeError(`${name}: deletes: ${column} is no column of its key`)
    checkColumn({ root, elements, table, column: { ...declared, path }, where: `${name}: deletes: ${column}` })
  }
  for (const [column, { type }] of Object.entries(table.computed ?? {}))
    if (type === 'BLOB' || !isKnownType(type)) throw unknownType(`${name}.${column}`, type)
  checkKey(table, name)
  checkConditions(root, table, name)
  checkTombstones(table, name)
  if (table.kind === 'set') checkOwner(checked.tables, table, name)
}

/** The engine ignores the case of names. Names that begin with _ are our bookkeeping. */
function checkNames({ columns, computed = {} }: Table, name: string): void {
  const taken = new Map<string, string>()
  for (const column of [...Object.keys(columns), ...Object.keys(computed)]) {
    if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(column))
      throw new TypeError(`${name}.${column}: a column's name is letters, digits and _, and begins with a letter`)
    requireOwnName(`${name}: a column`, column)
    const other = taken.get(column.toLowerCase())
    if (other !== undefined) throw new TypeError(`${name}.${column}: ${other} is the same name to the engine`)
    taken.set(column.toLowerCase(), column)
  }
}

function checkKey(table: Table, name: string): void {
  if (table.key.length === 0) throw new TypeError(`${name}: it needs a key`)
  if (table.kind === 'set' && table.distinct.length === 0)
    throw new TypeError(`${name}: distinct names no column, so that one element would be left of each set`)
  const unique = uniqueColumns(table)
  for (const [n, column] of unique.entries()) {
    if (!Object.hasOwn(table.columns, column))
      throw new TypeError(`${name}: its key column ${column} is not one of its columns`)
    if (unique.indexOf(column) !== n) throw new TypeError(`${name}: its key names ${column} twice`)
    const type = table.columns[column]?.type
    if (type !== undefined && (type === 'JSON' || elementTypeOf(type) !== null))
      throw new TypeError(
        `${name}: ${column} is ${type}, and two of them can be the same and written differently: a key is made of single values`,
      )
  }
  if (table.kind !== 'append') return
  // A declaration in JavaScript can say it of any table.
  if ('array' in table || 'entries' in table)
    throw new TypeError(`${name}: a table that only grows has a row for each event, and unnests nothing`)
  const paths = unique.map((column) => table.columns[column]?.path)
  for (const path of ['$partition', '$offset'])
    if (!paths.includes(path)) throw new TypeError(`${name}: the key of an append table has a column of ${path}`)
}

function checkOwner(tables: Tables, table: SetTable, name: string): void {
  const owner = Object.hasOwn(tables, table.owner) ? tables[table.owner] : undefined
  if (owner?.kind !== 'latest' || owner.array !== undefined)
    throw new TypeError(`${name}: its owner ${table.owner} is not a latest table of one row per event`)
  const [own, owners] = [table, owner].map(({ key, columns }) =>
    JSON.stringify(key.map((column) => [column, columns[column]?.path, columns[column]?.type])),
  )
  if (own !== owners) throw new TypeError(`${name}: its key must be the key of ${table.owner}`)
  const counting = droppedColumn(name)
  if (table.mayDrop !== true && Object.keys(owner.columns).some((column) => column.toLowerCase() === counting))
    throw new TypeError(
      `${table.owner}.${counting}: this column counts what ${name} drops: choose another name, or declare that ${name} mayDrop`,
    )
}

/** Checks which events feed a table, and which delete from it. */
function checkConditions(root: ContractNode, table: Table, name: string): void {
  for (const word of ['when', 'deletes'] as const) {
    // A declaration in JavaScript can say it of any table.
    if (!(word in table) || table.kind === 'latest') continue
    if (table.kind === 'set')
      throw new TypeError(
        `${name}: a set has the elements of its owner's newest event: say \`${word}\` at its owner, ${table.owner}`,
      )
    if (word === 'deletes') throw new TypeError(`${name}: nothing deletes from a table that only grows`)
  }
  for (const when of conditionsOf(table)) checkCondition(root, when, `${name}: when`)
  if (table.kind !== 'latest' || table.deletes === undefined) return
  const { path, in: values, tombstones } = table.deletes
  if (tombstones !== undefined && !z.record(z.string(), z.string()).safeParse(tombstones).success)
    throw new TypeError(`${name}: deletes: tombstones says for each column of the key where it is: { id: '$key.id' }`)
  if (path === undefined && values !== undefined) throw new TypeError(`${name}: deletes: in needs a path`)
  if (path !== undefined) checkCondition(root, { path, in: values }, `${name}: deletes`)
  else if (tombstones === undefined)
    throw new TypeError(`${name}: deletes: it names neither events, by path and in, nor tombstones`)
}

function checkCondition(root: ContractNode, { path, in: values }: When, where: string): void {
  const node = nodeAt(root, path)
  if (node === undefined || !isScalar(node) || parsedType(node) === 'JSON')
    throw new TypeError(`${where}: the contract has no ${path} that is a single value of one type`)
  if (!Array.isArray(values) || values.length === 0)
    throw new TypeError(`${where}: it names no value, so that no event would count: in: [...]`)
  if (values.some((value) => typeof value === 'string' && !isPlainText(value)))
    throw new TypeError(`${where}: ${unplain}`)
  const Value = valueSchemas[parsedType(node)]
  for (const value of values)
    if (!z.safeParse(Value, value).success || (node.kind === 'enum' && !node.values.includes(value)))
      throw new TypeError(`${where}: ${path} is never ${JSON.stringify(value)}`)
}

const valueSchemas = {
  VARCHAR: z.string(),
  BIGINT: z.int(),
  DOUBLE: z.number(),
  BOOLEAN: z.boolean(),
  JSON: z.never(),
} as const satisfies Record<ParsedType, z.ZodType>

/** The elements that the table's columns can name, the innermost last; none if its rows are events. */
function elementsOf(root: ContractNode, table: Table, name: string): readonly Slot[] {
  const unnested = unnestedBy(table)
  if (unnested === undefined) return []
  const slots = elementSlots(root, unnested)
  if (unnested.kind === 'entries') {
    if (slots.length === 1) return slots
    throw new TypeError(`${name}: ${unnested.path} is not an object of entries`)
  }
  if (unnested.paths.length > arraysMax)
    throw new TypeError(
      `${name}: it goes through ${unnested.paths.length} arrays, and at most ${arraysMax} can be unnested`,
    )
  if (slots.length === unnested.paths.length) return slots
  throw new TypeError(
    `${name}: ${unnested.paths.slice(0, slots.length + 1).join('[].')} is not an array of the contract`,
  )
}

/** Each array more copies what is around its elements once more. */
const arraysMax = 3

/** By what a column takes from the log's record: the types it can have. */
const recordTypes: Readonly<Record<string, readonly ColumnType[]>> = {
  $partition: ['INTEGER', 'BIGINT'],
  $offset: ['BIGINT'],
  $timestamp: ['TIMESTAMPTZ', 'BIGINT'],
}

type CheckedColumn = {
  readonly root: ContractNode
  readonly elements: readonly Slot[]
  readonly table: Table
  readonly column: Column
  readonly where: string
}

function checkColumn({ root, elements, table, column, where }: CheckedColumn): void {
  const { path, type } = column
  if (!isKnownType(type)) throw unknownType(where, type)
  const source = columnSource(path)
  switch (source.of) {
    case 'record':
    case 'dropped':
    case 'tombstone':
      return checkRecordColumn(column, where)
    case 'entry':
      if (!('entries' in table)) throw new TypeError(`${where}: @key is the name of an entry, and an array has none`)
      return requireType(column, ['VARCHAR'], where)
    case 'index':
      requireAround(table, { around: source.around, path, where })
      if ('entries' in table)
        throw new TypeError(`${where}: an entry has no position, since objects have no order: take its name, @key`)
      return requireType(column, ['BIGINT', 'INTEGER'], where)
    default:
  }
  if (source.of === 'element') requireAround(table, { around: source.around, path, where })
  const holder = source.of === 'event' ? root : elements.at((source.around?.length ?? 0) - 1)?.node
  const slot = holder && source.path !== '' ? slotAt(holder, source.path) : undefined
  const node = source.path === '' ? holder : slot?.node
  if (node === undefined)
    throw new TypeError(
      `${where}: the contract has no ${path}${root.kind === 'kinds' ? ' that is of one type in every kind' : ''}`,
    )
  requireForm(column, node, where)
  if (conversionOf(node, column) === null) requireType(column, possibleTypes(node), where)
  if (slot?.default !== undefined && !constantFits(slot.default, column))
    throw new TypeError(
      `${where}: the default of ${path}, ${JSON.stringify(slot.default)}, does not fit ${type}, so that every event without ${path} would be rejected`,
    )
}

/** A column can name the element of its row, and those around it. */
function requireAround(
  table: Table,
  { around, path, where }: { around: readonly string[] | undefined; path: string; where: string },
): void {
  const unnested = unnestedBy(table)
  if (unnested === undefined)
    throw new TypeError(`${where}: ${path} is of an element, and the table unnests neither an array nor entries`)
  if (around === undefined) return
  const paths = unnested.kind === 'arrays' ? unnested.paths : []
  if (around.length > paths.length || around.some((part, n) => part !== paths[n]))
    throw new TypeError(`${where}: ${path} is of an array that the table's rows do not come from`)
}

function unknownType(where: string, type: string): TypeError {
  return new TypeError(
    `${where}: there is no type ${type}: it can be ${typeNames.join(', ')}, where p is at most 38 and s less than p, or a list of one of them, as VARCHAR[]`,
  )
}

/** How a field writes a time is said of times alone, and as the field is. */
function requireForm({ path, type, from }: Column, node: ContractNode, where: string): void {
  if (from === undefined) return
  const base = elementTypeOf(type) ?? type
  if (base !== 'TIMESTAMPTZ' && base !== 'DATE')
    throw new TypeError(
      `${where}: from says how a time is written, and the column is no TIMESTAMPTZ or DATE, but ${type}`,
    )
  if (!['s', 'ms', 'us', 'iso'].includes(from))
    throw new TypeError(`${where}: from is s, ms, us or iso, ${from} is none of them`)
  if (conversionOf(node, { type, from }) === null && conversionOf(node, { type }) !== null)
    throw new TypeError(
      `${where}: ${path} is ${from === 'iso' ? 'a number, so from is s, ms or us' : 'a text, so from is iso'}`,
    )
}

function checkRecordColumn(column: Column, where: string): void {
  const types = Object.hasOwn(recordTypes, column.path) ? recordTypes[column.path] : undefined
  if (types === undefined)
    throw new TypeError(
      `${where}: ${column.path} is nothing of the log's record, which has ${Object.keys(recordTypes).join(', ')}`,
    )
  requireType(column, types, where)
}

function requireType({ path, type }: Column, types: readonly string[], where: string): void {
  if (types.includes(type)) return
  const possible = types.length === 0 ? 'it is no single value' : `it can be ${types.join(' or ')}`
  throw new TypeError(`${where}: ${path} cannot be ${type}, ${possible}`)
}
