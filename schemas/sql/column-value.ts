import { nodeAt, slotAt } from '../contract/contract.ts'
import type { ContractNode, Slot } from '../contract/contract.ts'
import { columnSource, unnestedBy } from '../declare/column-source.ts'
import type { ColumnSource, Unnested } from '../declare/column-source.ts'
import type { Column, Dataset, Table } from '../declare/dataset.ts'
import { conversionOf } from './conversion.ts'
import { dotted, eventPath, ident, list, literal } from './sql-text.ts'

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
  const values = eventPath(unnested.path)
  return unnested.kind === 'entries' ? `map_entries(${values})` : values
}

/** SQL of a column's value, over a staged event or over `element`. */
export function valueSql(dataset: Declared, table: Table, column: Column): string {
  const source = columnSource(column.path)
  switch (source.of) {
    case 'event':
    case 'element': {
      const { slot, value } = fieldOf(dataset.root, unnestedBy(table), source)
      return conversionOf(slot.node, column)?.sql(value('element')) ?? neverDefined(column)
    }
    case 'entry':
      return 'element.key'
    case 'record': {
      const value = source.field === 'reason' || source.field === 'value' ? source.field : `_${source.field}`
      return column.type === 'TIMESTAMPTZ' ? `make_timestamptz(${value} * 1000)` : value
    }
    case 'dropped':
      return droppedSql(dataset, source.set)
  }
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

/** Every way in which an event that keeps its contract may not fit the columns, once each. */
export function misfits({ root, tables }: Declared): readonly Misfit[] {
  const found = Object.entries(tables).flatMap(([name, table]) =>
    Object.entries(table.columns).flatMap(([column, declared]) =>
      misfitsOf(root, table, declared).map((misfit) => ({ ...misfit, column: `${name}.${column}` })),
    ),
  )
  return [...new Map(found.toReversed().map((misfit) => [misfit.isThere, misfit])).values()].toReversed()
}

function misfitsOf(root: ContractNode, table: Table, column: Column): readonly Omit<Misfit, 'column'>[] {
  const source = columnSource(column.path)
  if (source.of !== 'event' && source.of !== 'element') return []
  const unnested = unnestedBy(table)
  const { slot, value } = fieldOf(root, unnested, source)
  const conversion = conversionOf(slot.node, column)
  if (conversion === null || conversion.fitsAll) return []
  const isMisfit = `${value('each')} IS NOT NULL AND ${conversion.sql(value('each'))} IS NULL`
  const { type } = column
  const elements = elementsOf(table)
  if (source.of === 'event' || unnested === undefined || elements === null)
    return [{ name: source.path, type, isThere: isMisfit }]
  const name = `${unnested.path}${unnested.kind === 'entries' ? '.*' : '[]'}.${source.path}`
  return [{ name, type, isThere: `len(list_filter(${elements}, lambda each: ${isMisfit})) > 0` }]
}

type Field = {
  readonly slot: Slot
  /** SQL of its value; `element` is SQL of the element that it belongs to, if it belongs to one. */
  readonly value: (element: string) => string
}

type FieldSource = Extract<ColumnSource, { readonly path: string }>

function fieldOf(root: ContractNode, unnested: Unnested | undefined, { of, path }: FieldSource): Field {
  if (of === 'event') {
    const slot = slotAt(root, path) ?? neverDefined({ path })
    return { slot, value: () => fieldSql('event', path, slot) }
  }
  const node = unnested && nodeAt(root, unnested.path)
  const element = node?.kind === 'array' ? node.element.node : node?.kind === 'entries' ? node.value.node : undefined
  const slot = (element && slotAt(element, path)) ?? neverDefined({ path })
  return { slot, value: (each) => fieldSql(node?.kind === 'entries' ? `${each}.value` : each, path, slot) }
}

/** `checkTables` has seen every path of a defined dataset. */
function neverDefined({ path }: { readonly path: string }): never {
  throw new TypeError(`the contract has nothing at ${path} that its column could hold`)
}

/** A field below a struct. A missing field has its default, if the object around it exists. */
function fieldSql(struct: string, path: string, { default: standard }: Slot): string {
  const value = dotted(struct, path)
  if (standard === undefined) return value
  const holder = path.includes('.') ? dotted(struct, path.slice(0, path.lastIndexOf('.'))) : struct
  const constant = typeof standard === 'string' ? literal(standard) : String(standard)
  return `CASE WHEN ${holder} IS NOT NULL THEN coalesce(${value}, ${constant}) END`
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
  const whole = `list_filter(${elements}, lambda element: ${isWhole})`
  const rows = `list_distinct(list_transform(${whole}, lambda element: row(${list(values)})))`
  return `coalesce(len(${elements}) - len(${rows}), 0)::BIGINT`
}
