import { nodeAt } from '../contract/contract.ts'
import type { ContractNode } from '../contract/contract.ts'
import type { Dataset } from '../declare/dataset.ts'
import { dotted, eventPath } from './sql-text.ts'

/** A text of an event that a column reads. `has` is SQL that is true where one of its values holds a part. */
export type ReadText = { readonly name: string; readonly has: (part: string) => string }

/** Every text that tables read, once each. */
export function readTexts({
  tables,
  root,
}: Pick<Dataset, 'tables'> & { readonly root: ContractNode }): readonly ReadText[] {
  const texts = new Map<string, ReadText>()
  for (const table of Object.values(tables)) {
    const source = 'entries' in table ? table.entries : 'array' in table ? table.array : undefined
    for (const { path, type } of Object.values(table.columns)) {
      if (path.startsWith('$') || type !== 'VARCHAR') continue
      if (!path.startsWith('@')) texts.set(path, { name: path, has: (part) => `contains(${eventPath(path)}, ${part})` })
      else if (source !== undefined) {
        const text = elementText(nodeAt(root, source), source, path)
        texts.set(text.name, text)
      }
    }
  }
  return [...texts.values()]
}

function elementText(node: ContractNode | undefined, source: string, path: string): ReadText {
  const values = eventPath(source)
  const some = (list: string, value: string) => (part: string) =>
    `len(list_filter(${list}, lambda x: contains(${value}, ${part}))) > 0`
  if (path === '@key') return { name: `${source}, its keys`, has: some(`map_keys(${values})`, 'x') }
  const field = path.slice('@.'.length)
  return node?.kind === 'entries'
    ? { name: `${source}.*.${field}`, has: some(`map_values(${values})`, dotted('x', field)) }
    : { name: `${source}[].${field}`, has: some(values, dotted('x', field)) }
}
