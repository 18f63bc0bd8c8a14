import type { ContractNode } from '../contract/node.ts'
import { columnSource, unnestedBy } from '../declare/column-source.ts'
import type { ColumnType } from '../declare/column-types.ts'
import type { Column, Dataset, Table } from '../declare/dataset.ts'
import { elementsOf, feedsSql, fieldOf } from './columns/column-value.ts'
import { eventPath } from './sql-text.ts'

/** A text of an event that a column reads. `has` is SQL of whether one of its values contains a part. */
export type ReadText = { readonly name: string; readonly has: (part: string) => string }

/** Every text that the tables read, once each. */
export function readTexts({
  root,
  tables,
}: Pick<Dataset, 'tables'> & { readonly root: ContractNode }): readonly ReadText[] {
  const read = Object.values(tables).flatMap((table) => {
    const feeds = feedsSql({ root, tables }, table)
    const texts = Object.values(table.columns).flatMap((column) =>
      holdsText(column.type) ? textsOf(root, table, column) : [],
    )
    return feeds === null
      ? texts
      : texts.map(({ name, has }) => ({ name, has: (part: string) => `(${feeds} AND ${has(part)})` }))
  })
  return [...new Map(read.map((text) => [text.has(''), text])).values()]
}

function holdsText(type: ColumnType): boolean {
  return type === 'VARCHAR' || type === 'VARCHAR[]' || type === 'JSON'
}

/** The text that a column reads, or none. */
function textsOf(root: ContractNode, table: Table, { path, type }: Column): readonly ReadText[] {
  const source = columnSource(path)
  const unnested = unnestedBy(table)
  if (source.of === 'entry' && unnested?.kind === 'entries')
    return [{ name: `${unnested.path}, its keys`, has: isInSome(`map_keys(${eventPath(unnested.path)})`, 'x') }]
  if (source.of !== 'event' && source.of !== 'element') return []
  const { name, value } = fieldOf(root, unnested, source)
  // As a text, a list or a part of an event holds all of its texts.
  const text = type === 'VARCHAR' ? value('x') : `${value('x')}::VARCHAR`
  const elements = source.of === 'event' ? null : elementsOf(table)
  return [{ name, has: elements === null ? (part) => `contains(${text}, ${part})` : isInSome(elements, text) }]
}

/** `text` is SQL over an element `x` of the list. */
function isInSome(list: string, text: string): ReadText['has'] {
  return (part) => `len(list_filter(${list}, lambda x: contains(${text}, ${part}))) > 0`
}
