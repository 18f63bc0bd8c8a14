import { columnSource, unnestedBy } from '../declare/column-source.ts'
import type { ColumnSource, Unnested } from '../declare/column-source.ts'
import type { ColumnType } from '../declare/column-types.ts'
import type { Table } from '../declare/dataset.ts'
import { dotted, eventPath } from './sql-text.ts'

/** A text of an event that a column reads. `has` is SQL of whether one of its values contains a part. */
export type ReadText = { readonly name: string; readonly has: (part: string) => string }

/** Every text that the tables read, once each. */
export function readTexts(tables: Readonly<Record<string, Table>>): readonly ReadText[] {
  const read = Object.values(tables).flatMap((table) =>
    Object.values(table.columns).flatMap(({ path, type }) =>
      holdsText(type) ? textsOf(columnSource(path), unnestedBy(table), type) : [],
    ),
  )
  return [...new Map(read.map((text) => [text.name, text])).values()]
}

function holdsText(type: ColumnType): boolean {
  return type === 'VARCHAR' || type === 'VARCHAR[]' || type === 'JSON'
}

/** The text that a column reads, or none. */
function textsOf(source: ColumnSource, unnested: Unnested | undefined, type: ColumnType): readonly ReadText[] {
  // As a text, a list or a part of an event holds all of its texts.
  const text = (value: string) => (type === 'VARCHAR' ? value : `${value}::VARCHAR`)
  if (source.of === 'event')
    return [{ name: source.path, has: (part) => `contains(${text(eventPath(source.path))}, ${part})` }]
  if (unnested === undefined) return []
  const { kind, path } = unnested
  const values = eventPath(path)
  if (source.of === 'entry') return [{ name: `${path}, its keys`, has: isInSome(`map_keys(${values})`, 'x') }]
  if (source.of !== 'element') return []
  return kind === 'entries'
    ? [{ name: `${path}.*.${source.path}`, has: isInSome(`map_values(${values})`, text(dotted('x', source.path))) }]
    : [{ name: `${path}[].${source.path}`, has: isInSome(values, text(dotted('x', source.path))) }]
}

/** `text` is SQL over an element `x` of the list. */
function isInSome(list: string, text: string): ReadText['has'] {
  return (part) => `len(list_filter(${list}, lambda x: contains(${text}, ${part}))) > 0`
}
