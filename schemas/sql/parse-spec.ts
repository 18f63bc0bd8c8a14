import { eventName } from '../contract/contract.ts'
import { discriminatorOf, parsedType, partOf } from '../contract/kinds.ts'
import type { ContractNode, KindsNode, ObjectNode } from '../contract/node.ts'
import { namesOf } from '../contract/path.ts'
import { columnSource, unnestedBy } from '../declare/column-source.ts'
import type { Unnested } from '../declare/column-source.ts'
import type { Dataset, Table } from '../declare/dataset.ts'
import { conditionsOf } from '../declare/deleted-rows.ts'
import { scalarRules } from './scalar-sql.ts'
import { ident, literal, pointerTo } from './sql-text.ts'

/** The fields that are read, by name, each with the fields below it. A raw one is read as it is, without a shape. */
export type Read = Map<string, Read> & { element?: Read; isRaw?: true; path?: string }

/** The fields that tables and the event's time read. */
export function readFields({ tables, time }: Pick<Dataset, 'tables' | 'time'>): Read {
  const read: Read = new Map()
  addPath(read, time.path)
  for (const table of Object.values(tables)) {
    addTable(read, table)
    for (const { path } of conditionsOf(table)) addPath(read, path)
  }
  return read
}

/**
 * The shape of the parsed event, as `from_json` takes it. It has only the fields that tables and the event's time read.
 */
export function parseSpec(root: ContractNode, dataset: Pick<Dataset, 'tables' | 'time'>): string {
  return specOf(root, readFields(dataset))
}

/**
 * SQL of the parsed event over `json`. An event of one of several kinds is parsed as its kind: fields that its kind does
 * not declare are judged by no rule, so no column sees them.
 */
export function parseSql(root: ContractNode, dataset: Pick<Dataset, 'tables' | 'time'>): string {
  if (root.kind !== 'kinds') return `from_json(json, ${literal(parseSpec(root, dataset))})`
  const read = readFields(dataset)
  const type = sqlType(root, read)
  const cases = root.kinds.map((kind) => {
    const isOfKind = scalarRules(discriminatorOf(kind, root.by, eventName), discriminatorSql(root.by)).type.holds
    return `WHEN ${isOfKind} THEN from_json(json, ${literal(specOf(partOf(root, kind), read))})::${type}`
  })
  return `CASE ${cases.join(' ')} END`
}

function discriminatorSql(by: string): string {
  return `json_extract(json, ${literal(pointerTo(by))})`
}

function addTable(read: Read, table: Table): void {
  const unnested = unnestedBy(table)
  const elements = unnested === undefined ? [] : elementsRead(read, unnested)
  for (const { path, type } of Object.values(table.columns)) {
    const source = columnSource(path)
    if (source.of !== 'event' && source.of !== 'element') continue
    const from = source.of === 'event' ? read : elements.at((source.around?.length ?? 0) - 1)
    const field = from && addPath(from, source.path)
    if (field === undefined || type !== 'JSON') continue
    field.isRaw = true
    field.path = path
  }
}

/** The elements of each of the arrays, or the values of the entries. */
function elementsRead(read: Read, unnested: Unnested): readonly Read[] {
  const paths = unnested.kind === 'arrays' ? unnested.paths : [unnested.path]
  let around = read
  return paths.map((path) => {
    const repeated = addPath(around, path)
    repeated.element ??= new Map()
    around = repeated.element
    return around
  })
}

function addPath(read: Read, path: string): Read {
  const names = path === '' ? [] : namesOf(path)
  return names.reduce<Read>((at, name) => {
    const below = at.get(name) ?? new Map()
    at.set(name, below)
    return below
  }, read)
}

function specOf(node: ContractNode, read: Read): string {
  requireOneShape(read)
  if (read.isRaw === true) return '"JSON"'
  switch (node.kind) {
    case 'object':
    case 'kinds':
      if (read.size === 0) return '"JSON"'
      return `{${fieldsOf(node, read, (name, field, below) => `${JSON.stringify(name)}:${specOf(field, below)}`)}}`
    case 'array':
      return `[${specOf(node.element.node, read.element ?? new Map())}]`
    default:
      return JSON.stringify(sqlType(node, read))
  }
}

/** The type of a value in the parsed event. */
function sqlType(node: ContractNode, read: Read): string {
  if (read.isRaw === true) return 'JSON'
  switch (node.kind) {
    case 'object':
    case 'kinds':
      if (read.size === 0) return 'JSON'
      return `STRUCT(${fieldsOf(node, read, (name, field, below) => `${ident(name)} ${sqlType(field, below)}`)})`
    case 'array':
      return `${sqlType(node.element.node, read.element ?? new Map())}[]`
    case 'entries':
      return `MAP(VARCHAR, ${sqlType(node.value.node, read.element ?? new Map())})`
    default:
      return parsedType(node)
  }
}

/** The engine parses a value once: with a shape or without. */
function requireOneShape({ isRaw, size, element, path }: Read): void {
  if (isRaw === true && (size > 0 || element !== undefined))
    throw new TypeError(`${path}: a column takes it as JSON and another column a part of it: declare one of the two`)
}

type FieldWriter = (name: string, node: ContractNode, below: Read) => string

function fieldsOf(node: ObjectNode | KindsNode, read: Read, write: FieldWriter): string {
  const names = [...read.keys()].map((name) => name.toLowerCase())
  const twice = [...read.keys()].find((name, index) => names.indexOf(name.toLowerCase()) < index)
  if (twice !== undefined)
    throw new TypeError(
      `${twice}: columns read two fields of one object that differ in case alone, which the engine cannot tell apart`,
    )
  return [...node.fields]
    .flatMap(([name, { node: field }]) => {
      const below = read.get(name)
      if (below === undefined) return []
      // The engine parses a field once: with a shape or without.
      if (below.isRaw === true && (below.size > 0 || below.element !== undefined))
        throw new TypeError(
          `${name}: a column takes it as JSON and another column a part of it: declare one of the two`,
        )
      return [write(name, field, below)]
    })
    .join(',')
}
