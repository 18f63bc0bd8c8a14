import { element } from '../page/element.ts'
import { isNumeric } from '../page/format.ts'
import { formatNumber } from '../page/numbers.ts'
import type { Rows, Value } from '../page/page.ts'
import { bytesOfBase64 } from '../quality/visible-bytes.ts'

const rowsMax = 500
const blobBytesMax = 32

/** Shows rows exactly as they were answered. Of many rows it shows the first ones. */
export function resultTable({ columns, rows }: Rows, label: string): HTMLElement {
  const head = columns.map(({ name, type }) =>
    element(
      'th',
      { scope: 'col', class: isNumeric(type) ? 'number' : null },
      element('span', { text: name }),
      element('span', { class: 'column-type', text: type }),
    ),
  )
  const lines = rows
    .slice(0, rowsMax)
    .map((row) => element('tr', {}, ...columns.map(({ name, type }) => cell(row[name] ?? null, type))))
  const table = element(
    'table',
    { class: 'rows result' },
    element('caption', { class: 'hidden-text', text: label }),
    element('thead', {}, element('tr', {}, ...head)),
    element('tbody', {}, ...lines),
  )
  const more = moreText(rows.length)
  const scroll = element('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': label }, table)
  return element(
    'div',
    { class: 'result-rows' },
    scroll,
    more === null ? null : element('p', { class: 'note', text: more }),
  )
}

function moreText(count: number): string | null {
  if (count === 0) return 'No rows.'
  const [shown, all] = [formatNumber(rowsMax), formatNumber(count)]
  return count > rowsMax ? `The first ${shown} of ${all} rows are shown. A download has all of them.` : null
}

function cell(value: Value, type: string): HTMLElement {
  if (value === null) return element('td', { class: isNumeric(type) ? 'number null' : 'null', text: 'NULL' })
  const text = cellText(value, type)
  return element('td', { class: isNumeric(type) ? 'number' : null, title: text.length > 40 ? text : null, text })
}

/** Returns a value as text on one line, a list or a struct as JSON. */
export function cellText(value: unknown, type: string): string {
  if (value === null || value === undefined) return 'NULL'
  if (type === 'BLOB' && typeof value === 'string') return blobText(value)
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function blobText(base64: string): string {
  const bytes = bytesOfBase64(base64)
  const hex = [...bytes.subarray(0, blobBytesMax)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return `0x${hex}${bytes.length > blobBytesMax ? `… (${bytes.length} bytes)` : ''}`
}
