import { element } from '../page/element.ts'
import type { App, DatasetInfo } from '../page/page.ts'
import { schemaNames } from './completion.ts'

/** Lists the tables with their columns. A click inserts the name of a table at the cursor. */
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
  const items = dataset.tables.map(({ name, columns }) => {
    const put = element('button', {
      type: 'button',
      class: 'button quiet small',
      text: 'Insert',
      'aria-label': `Insert ${name}`,
    })
    put.addEventListener('click', () => insert(name))
    const list = columns.map((column) =>
      element(
        'li',
        {},
        element('code', { text: column.name }),
        element('span', { class: 'column-type', text: column.type }),
      ),
    )
    return element(
      'li',
      {},
      element(
        'details',
        {},
        element('summary', {}, element('code', { text: name })),
        element('ul', { class: 'columns' }, ...list),
        put,
      ),
    )
  })
  return element(
    'details',
    { class: 'table-group', open: isOpen },
    element('summary', { text: dataset.name }),
    element('ul', {}, ...items),
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
