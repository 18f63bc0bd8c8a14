import { element } from '../page/element.ts'
import { columnTitle, exactValue, formatClock, formatTime, formatValue, isNumeric, typeOf } from '../page/format.ts'
import type { Row, Rows } from '../page/page.ts'
import type { MakePanelView } from './panel-view.ts'
import { stackToFit } from './stack-to-fit.ts'

/** The rows in the order of the query. A new row is highlighted once. */
export const listView: MakePanelView<'list'> = (panel, body, app) => {
  const head = element('tr', { role: 'row' })
  const lines = element('tbody', { role: 'rowgroup' })
  const table = element(
    'table',
    { class: 'rows list', role: 'table' },
    element('caption', { class: 'hidden-text', text: panel.title }),
    element('thead', { role: 'rowgroup' }, head),
    lines,
  )
  const scroll = element(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': `${panel.title}: rows` },
    table,
  )
  body.append(scroll)
  const fit = stackToFit(table, scroll, app.signal)
  let known = new Map<string, HTMLTableRowElement>()
  let isFirst = true
  return {
    update(answer) {
      if (isFirst) head.append(...panel.columns.map((column) => headCell(answer, column)))
      const next = new Map<string, HTMLTableRowElement>()
      const clocks = panel.columns.filter((column) => isOneDay(answer, column))
      for (const row of answer.rows) {
        const key = JSON.stringify([row, clocks])
        next.set(key, known.get(key) ?? line(answer, row, { columns: panel.columns, clocks, isNew: !isFirst }))
      }
      lines.replaceChildren(...next.values())
      fit()
      known = next
      isFirst = false
    },
  }
}

function headCell({ columns }: Rows, column: string): HTMLElement {
  const type = typeOf(columns, column)
  return element('th', { ...cellProps(type), role: 'columnheader', scope: 'col', text: columnTitle(column, type) })
}

/** The roles are set explicitly, because on a narrow screen the cells are not laid out as a table. */
function line(
  answer: Rows,
  row: Row,
  { columns, clocks, isNew }: { columns: readonly string[]; clocks: readonly string[]; isNew: boolean },
): HTMLTableRowElement {
  const cells = columns.map((column) => {
    const type = typeOf(answer.columns, column)
    const props = { ...cellProps(type), role: 'cell', 'data-column': columnTitle(column, type) }
    const value = row[column]
    if (!type.startsWith('TIMESTAMP') || value === null || value === undefined) {
      const [text, exact] = [formatValue(value, type), exactValue(value, type)]
      return element('td', { ...props, title: exact === text ? null : exact, text })
    }
    const full = formatTime(String(value))
    const at = { datetime: value, title: full, text: clocks.includes(column) ? formatClock(String(value)) : full }
    return element('td', props, element('time', at))
  })
  return element('tr', { role: 'row', class: isNew ? 'is-new' : null }, ...cells)
}

/** If all times are of one day, the date is left out. */
function isOneDay({ rows }: Rows, column: string): boolean {
  return new Set(rows.map((row) => String(row[column]).slice(0, 10))).size < 2
}

function cellProps(type: string): { readonly class: string | null } {
  return { class: isNumeric(type) ? 'number' : null }
}
