import { element } from '../page/element.ts'
import { columnTitle, exactValue, isNumeric } from '../page/format.ts'
import type { Rows } from '../page/page.ts'

/**
 * Shows rows as people read them, numbers with every digit. `columns` chooses the columns and their order; all are
 * shown without it.
 */
function rowsTable(answer: Rows, caption: string, columns?: readonly string[]): HTMLTableElement {
  const shown = columns === undefined ? answer.columns : answer.columns.filter(({ name }) => columns.includes(name))
  const head = shown.map(({ name, type }) =>
    element('th', { scope: 'col', class: isNumeric(type) ? 'number' : null, text: columnTitle(name, type) }),
  )
  const lines = answer.rows.map((row) =>
    element(
      'tr',
      {},
      ...shown.map(({ name, type }) =>
        element('td', { class: isNumeric(type) ? 'number' : null, text: exactValue(row[name], type) }),
      ),
    ),
  )
  return element(
    'table',
    { class: 'rows' },
    element('caption', { class: 'hidden-text', text: caption }),
    element('thead', {}, element('tr', {}, ...head)),
    element('tbody', {}, ...lines),
  )
}

/** A table of the figures behind a chart, made when it is opened and updated while it is open. */
export function tableOnDemand(caption: string): {
  readonly root: HTMLElement
  update(answer: Rows, columns?: readonly string[]): void
} {
  const place = element('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': `${caption}: table` })
  const root = element('details', { class: 'figures-behind' }, element('summary', { text: 'Show as table' }), place)
  let draw: (() => void) | null = null
  root.addEventListener('toggle', () => draw?.())
  return {
    root,
    update(answer, columns) {
      draw = () => {
        if (root.open) place.replaceChildren(rowsTable(answer, caption, columns))
      }
      draw()
    },
  }
}
