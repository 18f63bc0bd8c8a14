import { element } from '../page/element.ts'
import type { App, DatasetInfo, TableInfo } from '../page/page.ts'
import { schemaNames } from './completion.ts'

/** Lists the tables with their columns, keys and references. A click inserts the name of a table at the cursor. */
export function tableList(app: App, insert: (text: string) => void): HTMLElement {
  const isWide = matchMedia('(min-width: 64rem)').matches
  const others = app.datasets.filter((dataset) => dataset !== app.dataset)
  return element(
    'details',
    { class: 'tables card', open: isWide },
    element('summary', {}, element('h2', { text: 'Tables' })),
    datasetPart(app.dataset, (name) => insert(isShared(name, others) ? `${app.dataset.name}.${name}` : name), true),
    ...others.map((dataset) => datasetPart(dataset, (name) => insert(`${dataset.name}.${name}`), false)),
  )
}

/** A name that several datasets have must be written with its dataset. */
function isShared(name: string, others: readonly DatasetInfo[]): boolean {
  return others.some(({ tables }) => tables.some((table) => table.name === name))
}

function datasetPart(dataset: DatasetInfo, insert: (table: string) => void, isOpen: boolean): HTMLElement {
  const [, batch, speed] = schemaNames(dataset)
  const parts = new Map<string, HTMLDetailsElement>()
  const show = (name: string): void => {
    const part = parts.get(name)
    if (part === undefined) return
    part.open = true
    part.querySelector('summary')?.focus()
  }
  for (const table of dataset.tables) parts.set(table.name, tablePart(table, insert, show))
  return element(
    'details',
    { class: 'table-group', open: isOpen },
    element('summary', { text: dataset.name }),
    element('ul', {}, ...[...parts.values()].map((part) => element('li', {}, part))),
    element(
      'p',
      { class: 'note' },
      'One layer alone: ',
      element('code', { text: `${batch}.…` }),
      ', ',
      element('code', { text: `${speed}.…` }),
    ),
  )
}

function tablePart(
  { name, key, columns, owner, references }: TableInfo,
  insert: (table: string) => void,
  show: (table: string) => void,
): HTMLDetailsElement {
  const put = element('button', {
    type: 'button',
    class: 'button quiet small',
    text: 'Insert',
    'aria-label': `Insert ${name}`,
  })
  put.addEventListener('click', () => insert(name))
  const list = columns.map((column) => {
    const target = references[column.name]
    return element(
      'li',
      {},
      element(
        'span',
        {},
        element('code', { text: column.name }),
        key.includes(column.name) ? element('span', { class: 'column-key', text: 'key' }) : null,
      ),
      element('span', { class: 'column-type', text: column.type }),
      target === undefined ? null : led('refers to', target, () => show(target.split('.')[0] ?? '')),
    )
  })
  return element(
    'details',
    {},
    element('summary', {}, element('code', { text: name })),
    owner === null ? null : led('a set of', owner, () => show(owner)),
    element('ul', { class: 'columns' }, ...list),
    put,
  )
}

/** How the table is tied to another one. A click leads there. */
function led(how: string, to: string, follow: () => void): HTMLElement {
  const link = element('button', { type: 'button', class: 'table-link', on: { click: follow } })
  link.append(element('code', { text: to }))
  return element('span', { class: 'table-tie' }, `${how} `, link)
}
