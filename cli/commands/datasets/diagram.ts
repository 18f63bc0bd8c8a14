import type { TableInfo } from '../../../serving/answers/table-info.ts'

type Drawn = { readonly name: string; readonly tables: readonly TableInfo[] }

/**
 * Returns an entity relationship diagram in Mermaid's language. Solid lines lead from owners to their sets, dashed ones
 * from a table to those that refer to it. The line says the column.
 */
export function mermaidDiagram(datasets: readonly Drawn[]): string {
  const lines = datasets.flatMap((dataset) => [
    ...dataset.tables.flatMap((table) => entity(dataset, table)),
    ...dataset.tables.flatMap((table) => [...ownership(dataset, table), ...references(dataset, table)]),
  ])
  return ['erDiagram', ...lines.map((line) => `  ${line}`), ''].join('\n')
}

/** A table as SQL names it. The quotes keep Mermaid from reading its own words, such as `to` and `one`. */
function entityName({ name }: Drawn, table: string): string {
  return `"${name}.${table}"`
}

function entity(dataset: Drawn, table: TableInfo): readonly string[] {
  const attributes = table.columns.map((column) => `  ${attribute(dataset, table, column)}`)
  return [`${entityName(dataset, table.name)} {`, ...attributes, '}']
}

function attribute(dataset: Drawn, table: TableInfo, { name, type }: TableInfo['columns'][number]): string {
  const [typeWord, nameWord] = [attributeType(type), attributeName(name)]
  const isForeign = Object.hasOwn(table.references, name) || ownersKey(dataset, table).includes(name)
  const keys = [...(table.key.includes(name) ? ['PK'] : []), ...(isForeign ? ['FK'] : [])]
  const exact = [...(nameWord === name ? [] : [name]), ...(typeWord === type ? [] : [type])]
  return [
    typeWord,
    nameWord,
    ...(keys.length === 0 ? [] : [keys.join(', ')]),
    ...(exact.length === 0 ? [] : [`"${exact.join(' ').replaceAll('"', "'")}"`]),
  ].join(' ')
}

/** Mermaid takes few characters in a type. What it cannot take is a `_`, and the type stands in the comment. */
function attributeType(type: string): string {
  return type.replaceAll(/[^\w()[\]-]/g, '_')
}

/** Mermaid reads these names, in any case, as marks of a key. */
function attributeName(name: string): string {
  return /^(pk|fk|uk)$/i.test(name) ? `${name}_` : name
}

function ownersKey({ tables }: Drawn, { owner }: TableInfo): readonly string[] {
  return tables.find(({ name }) => name === owner)?.key ?? []
}

function ownership(dataset: Drawn, { name, owner }: TableInfo): readonly string[] {
  return owner === null ? [] : [`${entityName(dataset, owner)} ||--o{ ${entityName(dataset, name)} : "owns"`]
}

/** Nothing enforces a reference: the row that it leads to may be missing. */
function references(dataset: Drawn, { name, key, references: declared }: TableInfo): readonly string[] {
  return Object.entries(declared).map(([column, target]) => {
    const rows = key.length === 1 && key[0] === column ? 'o|' : 'o{'
    const referred = target.slice(0, target.indexOf('.'))
    return `${entityName(dataset, referred)} |o..${rows} ${entityName(dataset, name)} : "${column}"`
  })
}
