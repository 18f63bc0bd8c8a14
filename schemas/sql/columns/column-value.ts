import { parsedType } from '../../contract/kinds.ts'
import { nodeAt, slotAt } from '../../contract/contract.ts'
import type { ContractNode, Literal, Slot } from '../../contract/node.ts'
import { isScalar } from '../../contract/node.ts'
import { columnSource, unnestedBy } from '../../declare/column-source.ts'
import type { ColumnSource, Unnested } from '../../declare/column-source.ts'
import type { Column, Dataset, Table, When } from '../../declare/dataset.ts'
import { conditionsOf } from '../../declare/deleted-rows.ts'
import type { DeletedColumn } from '../../declare/deleted-rows.ts'
import { namesOf } from '../../contract/path.ts'
import { conversionOf } from './conversion.ts'
import { dotted, eventPath, ident, list, literal } from '../sql-text.ts'

/** A dataset as far as the values of its columns depend on it. */
type Declared = Pick<Dataset, 'tables'> & { readonly root: ContractNode }

/** SQL of a table's columns over staged events, or over their elements, `element`. */
export function columnsSql(dataset: Declared, table: Table): string {
  return list(
    Object.entries(table.columns).map(([name, column]) => `${valueSql(dataset, table, column)} AS ${ident(name)}`),
  )
}

/** SQL of the list of elements of which a table has a row each; null if it has a row per event. */
export function elementsOf(table: Table): string | null {
  const unnested = unnestedBy(table)
  if (unnested === undefined) return null
  if (unnested.kind === 'entries') return `map_entries(${eventPath(unnested.path)})`
  const [first = '', ...inner] = unnested.paths
  return inner.length === 0 ? eventPath(first) : nestedSql(unnested.paths, 0)
}

/** Each element of the innermost array, `e<n>`, with those around it and the position of each in its own array, `i<n>`. */
function nestedSql(paths: readonly string[], depth: number): string {
  const path = paths[depth] ?? ''
  const values = depth === 0 ? eventPath(path) : dotted(`e${depth - 1}`, path)
  const each = (body: string) => `list_transform(${values}, lambda e${depth}, i${depth}: ${body})`
  if (depth < paths.length - 1) return `flatten(${each(nestedSql(paths, depth + 1))})`
  return each(`struct_pack(${list(paths.map((_, n) => `e${n} := e${n}, i${n} := i${n} - 1`))})`)
}

/** SQL of a column's value, over a staged event or over `element` and its `_position`. */
export function valueSql(dataset: Declared, table: Table, column: DeletedColumn): string {
  const { otherwise, ...first } = column
  if (otherwise === undefined) return sourceSql(dataset, table, first)
  return `coalesce(${sourceSql(dataset, table, first)}, ${sourceSql(dataset, table, { ...first, path: otherwise })})`
}

function sourceSql(dataset: Declared, table: Table, column: Column): string {
  const source = columnSource(column.path)
  const unnested = unnestedBy(table)
  switch (source.of) {
    case 'event':
    case 'element': {
      const { slot, value } = fieldOf(dataset.root, unnested, source)
      return conversionOf(slot.node, column)?.sql(value('element')) ?? neverDefined(column)
    }
    case 'entry':
      return 'element.key'
    case 'index':
      return isNested(unnested) ? `element.i${levelOf(unnested, source)}` : '_position - 1'
    case 'record': {
      const value = source.field === 'reason' || source.field === 'value' ? source.field : `_${source.field}`
      return column.type === 'TIMESTAMPTZ' ? `make_timestamptz(${value} * 1000)` : value
    }
    case 'dropped':
      return droppedSql(dataset, source.set)
    case 'tombstone':
      return `tombstone.${ident(source.table)}.${ident(source.column)}`
  }
}

/** SQL of whether a staged event that is accepted feeds the table; null if every one does. A tombstone is no event. */
export function feedsSql(dataset: Declared, table: Table): string | null {
  if (table.kind === 'set') {
    const owner = dataset.tables[table.owner]
    return owner === undefined ? null : feedsSql(dataset, owner)
  }
  const conditions = conditionsOf(table).map((when) => whenSql(dataset, when))
  if (table.kind === 'latest' && table.deletes?.path !== undefined)
    conditions.push(`NOT ${whenSql(dataset, table.deletes)}`)
  return conditions.length === 0 ? null : conditions.join(' AND ')
}

function whenSql({ root }: Declared, when: When): string {
  const value = fieldSql('event', when.path, slotAt(root, when.path) ?? neverDefined(when))
  return `coalesce(${value} IN (${list(when.in.map(constantSql))}), false)`
}

/** A column whose field can hold what does not fit it. */
export type Misfit = {
  /** The field in reasons of rejection. */
  readonly name: string
  readonly column: string
  readonly type: string
  /** SQL over `event`: whether a value does not fit. */
  readonly isThere: string
}

/** Why a value that does not fit its column is rejected. */
export function misfitReason({ name, type, column }: Omit<Misfit, 'isThere'>): string {
  return `${name}: expected a value that fits ${type}, the type of the column ${column}`
}

/** Every way in which an event that keeps its contract may not fit the columns, once each. */
export function misfits(dataset: Declared): readonly Misfit[] {
  const found = Object.entries(dataset.tables).flatMap(([name, table]) =>
    Object.entries(table.columns).flatMap(([column, declared]) =>
      misfitsOf(dataset, table, declared).map((misfit) => ({ ...misfit, column: `${name}.${column}` })),
    ),
  )
  return [...new Map(found.toReversed().map((misfit) => [misfit.isThere, misfit])).values()].toReversed()
}

function misfitsOf(dataset: Declared, table: Table, column: Column): readonly Omit<Misfit, 'column'>[] {
  const source = columnSource(column.path)
  if (source.of !== 'event' && source.of !== 'element') return []
  const { slot, name, value } = fieldOf(dataset.root, unnestedBy(table), source)
  const conversion = conversionOf(slot.node, column)
  if (conversion === null || conversion.fitsAll) return []
  const isMisfit = `${value('each')} IS NOT NULL AND ${conversion.sql(value('each'))} IS NULL`
  const elements = source.of === 'event' ? null : elementsOf(table)
  const isThere = elements === null ? isMisfit : `len(list_filter(${elements}, lambda each: ${isMisfit})) > 0`
  const feeds = feedsSql(dataset, table)
  return [{ name, type: column.type, isThere: feeds === null ? isThere : `${feeds} AND ${isThere}` }]
}

export type Field = {
  readonly slot: Slot
  /** Its name in reasons of rejection. */
  readonly name: string
  /** SQL of its value; `element` is SQL of the element that it belongs to, if it belongs to one. */
  readonly value: (element: string) => string
}

type FieldSource = Extract<ColumnSource, { readonly path: string }>

/** The field that a column reads, which `checkTables` has seen. */
export function fieldOf(root: ContractNode, unnested: Unnested | undefined, source: FieldSource): Field {
  const { path } = source
  if (source.of === 'event') {
    const slot = slotAt(root, path) ?? neverDefined(source)
    return { slot, name: path, value: () => fieldSql('event', path, slot) }
  }
  const level = levelOf(unnested, source)
  const element = unnested && elementSlots(root, unnested)[level]
  if (unnested === undefined || element === undefined) return neverDefined(source)
  const holder = (each: string) => {
    if (unnested.kind === 'entries') return `${each}.value`
    return isNested(unnested) ? `${each}.e${level}` : each
  }
  const place =
    unnested.kind === 'entries' ? `${unnested.path}.*` : `${unnested.paths.slice(0, level + 1).join('[].')}[]`
  if (path === '') return { slot: element, name: place, value: holder }
  const slot = slotAt(element.node, path) ?? neverDefined(source)
  return { slot, name: `${place}.${path}`, value: (each) => fieldSql(holder(each), path, slot) }
}

/** The elements of each of the arrays, the innermost last, or the values of the entries; fewer if the contract has none. */
export function elementSlots(root: ContractNode, unnested: Unnested): readonly Slot[] {
  if (unnested.kind === 'entries') {
    const node = nodeAt(root, unnested.path)
    return node?.kind === 'entries' ? [node.value] : []
  }
  const slots: Slot[] = []
  for (const path of unnested.paths) {
    const array = nodeAt(slots.at(-1)?.node ?? root, path)
    if (array?.kind !== 'array') return slots
    slots.push(array.element)
  }
  return slots
}

function isNested(unnested: Unnested | undefined): boolean {
  return unnested?.kind === 'arrays' && unnested.paths.length > 1
}

/** Which of the arrays the element is of that a column names, from the outermost. */
function levelOf(unnested: Unnested | undefined, { around }: { readonly around?: readonly string[] }): number {
  if (around !== undefined) return around.length - 1
  return unnested?.kind === 'arrays' ? unnested.paths.length - 1 : 0
}

/** `checkTables` has seen every path of a defined dataset. */
function neverDefined({ path }: { readonly path: string }): never {
  throw new TypeError(`the contract has nothing at ${path} that its column could hold`)
}

/** A field below a struct. A missing field has its default, if the object around it exists. */
function fieldSql(struct: string, path: string, { node, default: standard }: Slot): string {
  const value = dotted(struct, path)
  if (standard === undefined) return value
  const holder = [struct, ...namesOf(path).slice(0, -1).map(ident)].join('.')
  return `CASE WHEN ${holder} IS NOT NULL THEN coalesce(${value}, ${isRaw(node) ? `${literal(JSON.stringify(standard))}::JSON` : constantSql(standard)}) END`
}

function isRaw(node: ContractNode): boolean {
  return isScalar(node) && parsedType(node) === 'JSON'
}

function constantSql(constant: Literal): string {
  return typeof constant === 'string' ? literal(constant) : String(constant)
}

/** How many elements of an event have no row in the set: those that equal another, and those that are incomplete. */
function droppedSql(dataset: Declared, name: string): string {
  const table = dataset.tables[name]
  const elements = table === undefined ? null : elementsOf(table)
  if (table?.kind !== 'set' || elements === null) throw new TypeError(`${name} is not a set`)
  const values = table.distinct.flatMap((column) => {
    const declared = table.columns[column]
    return declared === undefined ? [] : [valueSql(dataset, table, declared)]
  })
  const isWhole = values.map((value) => `${value} IS NOT NULL`).join(' AND ')
  // An element's position is the second parameter, which costs where nothing asks for it.
  const parameters = values.some((value) => value.includes('_position')) ? 'element, _position' : 'element'
  const whole = `list_filter(${elements}, lambda ${parameters}: ${isWhole})`
  const rows = `list_distinct(list_transform(${whole}, lambda ${parameters}: row(${list(values)})))`
  return `coalesce(len(${elements}) - len(${rows}), 0)::BIGINT`
}
