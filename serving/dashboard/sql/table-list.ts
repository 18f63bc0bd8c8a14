import { element } from '../element.ts'
import type { App, DatasetInfo } from '../page.ts'
import { schemaNames } from './completion.ts'

/** The tables there are, with their columns. A click on one puts its name where the cursor is. */
export function tableList(app: App, insert: (text: string) => void): HTMLElement {
  const isWide = matchMedia('(min-width: 64rem)').matches
  const others = app.datasets.filter((dataset) => dataset !== app.dataset)
  return element(
    'details',
    { class: 'tables card', open: isWide },
    element('summary', {}, element('h2', { text: 'Tables' })),
    ...[app.dataset, ...others].map((dataset) => datasetPart(dataset, dataset === app.dataset, insert)),
  )
}

function datasetPart(dataset: DatasetInfo, isCurrent: boolean, insert: (text: string) => void): HTMLElement {
  const [merged, batch, speed] = schemaNames(dataset)
  const items = dataset.tables.map(({ name, columns }) => {
    const put = element('button', {
      type: 'button',
      class: 'button quiet small',
      text: 'Insert',
      'aria-label': `Insert ${name}`,
    })
    put.addEventListener('click', () => insert(isCurrent ? name : `${merged}.${name}`))
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
    { class: 'table-group', open: isCurrent },
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
