import type { ContractNode } from './contract.ts'
import type { DefinedDataset } from './define-dataset.ts'
import { eventPath, list, literal } from './sql-text.ts'

/** JSON types as the engine names them. An integer beyond 64 bits, 1.0 and 1e3 are DOUBLE to it, so none of them is an id. */
const jsonTypes: Readonly<Record<ContractNode['kind'], readonly string[]>> = {
  object: ['OBJECT'],
  entries: ['OBJECT'],
  array: ['ARRAY'],
  integer: ['UBIGINT', 'BIGINT'],
  number: ['UBIGINT', 'BIGINT', 'DOUBLE'],
  text: ['VARCHAR'],
  enum: ['VARCHAR'],
  boolean: ['BOOLEAN'],
}

type Place = {
  /** What a reason calls it: `group.group_topics[].urlkey`. */
  readonly name: string
  readonly node: ContractNode
  readonly isOptional: boolean
  /** The engine's JSON path; with a wildcard below an array or an object's entries. */
  readonly jsonPath: string
  /** SQL of the JSON type of what holds it, or null at the root. */
  readonly parent: Place | null
  /** SQL of its own type: one name, or a list of names below a wildcard. */
  readonly types: string
  readonly isRepeated: boolean
  /** An array's element or an entry's value itself. One of the wrong type is null in the parsed event. */
  readonly isElement: boolean
  /** Below a wildcard: SQL that is true where there is an array, or an object of entries. */
  readonly container: string
  /** SQL of its parsed value. Below a wildcard: of one element, in terms of `x`. */
  readonly value: string
  readonly repeatedValue: string
}

/** The shape that parses an accepted event, as `from_json` takes it. */
export function parseSpec(node: ContractNode): string {
  switch (node.kind) {
    case 'object':
      return `{${[...node.fields].map(([name, field]) => `"${name}":${parseSpec(field.node)}`).join(',')}}`
    case 'array':
      return `[${parseSpec(node.element)}]`
    case 'entries':
      return JSON.stringify(sqlType(node))
    default:
      return `"${sqlType(node)}"`
  }
}

/** What the verdict needs beside the text and the parsed event, in terms of `text`. */
export type TypeColumns = {
  /** The JSON types of all places outside arrays and entries, as one list. Throws where the text is not JSON. */
  readonly types: string
  /** The JSON types below arrays and entries, as a list each; in terms of `types` too. */
  readonly repeated: readonly { readonly sql: string; readonly name: string }[]
}

/**
 * The one verdict. `reason` is SQL over the columns, the parsed `event`, `text`, `value`, `timestamp` and `has_log_time`: null where the
 * event is accepted, else a sentence that names the first field at fault.
 */
export function verdictSql(dataset: DefinedDataset): { readonly columns: TypeColumns; readonly reason: string } {
  const places = placesOf(dataset.root)
  const time = eventPath(dataset.time.path)
  const tests = [
    `WHEN value IS NULL THEN 'event: missing, the record has no value'`,
    `WHEN text IS NULL THEN 'event: not valid UTF-8'`,
    `WHEN types IS NULL THEN 'event: not valid JSON'`,
    ...places.map((place) => `WHEN NOT coalesce(${conforms(place)}, false) THEN ${reasonOf(place)}`),
    `WHEN has_log_time AND ${time} > timestamp + ${dataset.time.aheadMsMax} THEN '${dataset.time.path}: later than the log received it by more than ${dataset.time.aheadMsMax} ms'`,
  ]
  return { columns: typeColumns(places), reason: `CASE ${tests.join('\n    ')} END` }
}

function typeColumns(places: readonly Place[]): TypeColumns {
  const paths = places.filter((place) => !place.isRepeated).map((place) => literal(place.jsonPath))
  const repeated = places.filter((place) => place.isRepeated && (!place.isElement || isEntry(place)))
  return {
    types: `json_type(text, [${list(paths)}])`,
    repeated: repeated.map(({ types, jsonPath, container }) => ({
      name: types,
      sql: `CASE WHEN ${container} THEN json_type(text, ${literal(jsonPath)}) END`,
    })),
  }
}

function sqlType(node: ContractNode): string {
  switch (node.kind) {
    case 'integer':
      return 'BIGINT'
    case 'number':
      return 'DOUBLE'
    case 'boolean':
      return 'BOOLEAN'
    case 'text':
    case 'enum':
      return 'VARCHAR'
    case 'object':
      return `STRUCT(${list([...node.fields].map(([name, field]) => `"${name}" ${sqlType(field.node)}`))})`
    case 'array':
      return `${sqlType(node.element)}[]`
    case 'entries':
      return `MAP(VARCHAR, ${sqlType(node.value)})`
  }
}

function placesOf(root: ContractNode): readonly Place[] {
  const places: Place[] = []
  let repeatedCount = 0

  function visit(place: Omit<Place, 'types'>): void {
    const types = place.isRepeated
      ? `types_${(repeatedCount += 1)}`
      : `types[${places.filter((other) => !other.isRepeated).length + 1}]`
    const visited = { ...place, types }
    places.push(visited)
    const { node, name, jsonPath, value, isRepeated } = visited
    if (isRepeated && (node.kind === 'array' || node.kind === 'entries'))
      throw new TypeError(`${name}: an array within an array has no table form`)
    if (isRepeated && node.kind === 'object' && place.parent?.isRepeated === true)
      throw new TypeError(`${name}: an object within an element has no table form`)
    if (node.kind === 'object') {
      for (const [field, { node: child, isOptional }] of node.fields) {
        const path = `${jsonPath}."${field}"`
        const childName = place.parent === null ? field : `${name}.${field}`
        visit({
          ...visited,
          name: childName,
          node: child,
          isOptional,
          jsonPath: path,
          parent: visited,
          isElement: false,
          value: `${value}."${field}"`,
        })
      }
    }
    const container = `${types} = ${literal(node.kind === 'array' ? 'ARRAY' : 'OBJECT')}`
    const below = { parent: visited, isOptional: false, isRepeated: true, isElement: true, container, value: 'x' }
    if (node.kind === 'array')
      visit({ ...below, name: `${name}[]`, node: node.element, jsonPath: `${jsonPath}[*]`, repeatedValue: value })
    if (node.kind === 'entries')
      visit({
        ...below,
        name: `${name}.*`,
        node: node.value,
        jsonPath: `${jsonPath}.*`,
        repeatedValue: `map_values(${value})`,
      })
  }

  visit({
    name: 'event',
    node: root,
    isOptional: false,
    jsonPath: '$',
    parent: null,
    isRepeated: false,
    isElement: false,
    container: '',
    value: 'event',
    repeatedValue: '',
  })
  return places
}

function conforms(place: Place): string {
  return place.isRepeated ? conformsRepeated(place) : conformsSingle(place)
}

function conformsSingle({ node, types, parent, isOptional, value }: Place): string {
  const isOfType = `${types} IN (${list(jsonTypes[node.kind].map(literal))})`
  const bounds = boundsSql(node, value)
  const isRight = bounds === null ? isOfType : `(${isOfType} AND ${bounds})`
  const isAbsent = [
    ...(isOptional ? [`${types} IS NULL`, `${types} = 'NULL'`] : []),
    // What is wrong with the parent is the parent's own verdict, which comes first.
    ...(parent === null ? [] : [`coalesce(${parent.types} <> 'OBJECT', true)`]),
  ]
  // What is right comes first: the rest is looked at for the other rows alone.
  return [isRight, ...isAbsent].join(' OR ')
}

/** `types` lists what was found: one entry for each element that has the field, so a shorter list means a missing one. */
function conformsRepeated(place: Place): string {
  const { node, types, isElement, isOptional, value, repeatedValue, container } = place
  const bounds = boundsSql(node, value)
  const areBound =
    bounds === null ? [] : [`len(list_filter(${repeatedValue}, lambda x: NOT coalesce(${bounds}, ${isOptional}))) = 0`]
  if (isElement) {
    if (node.kind !== 'object')
      throw new TypeError('elements and entries are objects: a bare value has no column of its own')
    // The engine makes null of an array's scalar, but a struct of nulls of an entry's.
    if (isEntry(place)) return `${types} IS NULL OR list_has_all(['OBJECT'], ${types})`
    return `coalesce(NOT ${container}, true) OR len(list_filter(${repeatedValue}, lambda x: x IS NULL)) = 0`
  }
  const allowed = [...jsonTypes[node.kind], ...(isOptional ? ['NULL'] : [])]
  const areOfType = `list_has_all([${list(allowed.map(literal))}], ${types})`
  const areThere = isOptional ? [] : [`len(${types}) = len(${repeatedValue})`]
  return `${types} IS NULL OR (${[areOfType, ...areThere, ...areBound].join(' AND ')})`
}

function isEntry({ isElement, parent }: Place): boolean {
  return isElement && parent?.node.kind === 'entries'
}

function boundsSql(node: ContractNode, value: string): string | null {
  switch (node.kind) {
    case 'integer':
      return `${value} BETWEEN ${node.min} AND ${node.max}`
    case 'enum':
      return `${value} IN (${list(node.values.map(literal))})`
    case 'number':
      return `isfinite(${value})`
    default:
      return null
  }
}

function reasonOf({ name, node, types, isRepeated }: Place): string {
  const expected = literal(`${name}: expected ${describe(node)}`)
  if (isRepeated) return expected
  return `CASE WHEN ${types} IS NULL THEN ${literal(`${name}: missing`)} ELSE ${expected} || ', got ' || ${foundSql(node, types)} END`
}

function foundSql(node: ContractNode, types: string): string {
  const integer = node.kind === 'integer' ? 'another integer' : 'an integer'
  return `CASE ${types} WHEN 'NULL' THEN 'null' WHEN 'VARCHAR' THEN 'a text' WHEN 'BOOLEAN' THEN 'a boolean' WHEN 'DOUBLE' THEN 'a fraction or a number beyond 64 bits' WHEN 'OBJECT' THEN 'an object' WHEN 'ARRAY' THEN 'an array' ELSE '${integer}' END`
}

function describe(node: ContractNode): string {
  switch (node.kind) {
    case 'integer':
      return `an integer from ${node.min} to ${node.max}`
    case 'number':
      return 'a finite number'
    case 'text':
      return 'a text'
    case 'enum':
      return `one of ${node.values.join(', ')}`
    case 'boolean':
      return 'true or false'
    case 'array':
      return 'an array'
    case 'object':
    case 'entries':
      return 'an object'
  }
}
