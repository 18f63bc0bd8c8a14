import { element, setText } from '../page/element.ts'
import { alikeNumbers } from '../page/numbers.ts'
import type { ShownNumber } from '../page/numbers.ts'
import type { App, Row, Values } from '../page/page.ts'
import type { MakePanelView, PanelOf } from './panel-view.ts'

/** Returns the place of a value on the track, in percent. */
type Scale = (value: number) => number

type Shown = { readonly row: Row; readonly value: ShownNumber; readonly usual: ShownNumber | null }

type Bar = { readonly item: HTMLLIElement; show(shown: Shown, scale: Scale): void }

/** A longer number would leave no room for its label in a narrow card. */
const valueCharsMax = 17

/**
 * A ranking as a list of buttons, so that eyes, keyboards and screen readers get the same. A bar keeps its element from
 * one answer to the next, so that it grows smoothly and keeps the focus.
 */
export const barsView: MakePanelView<'bars'> = (panel, body, app) => {
  const list = element('ol', { class: 'bars' })
  const legend =
    panel.usual === undefined
      ? null
      : element('p', { class: 'legend' }, element('span', { class: 'usual-key' }), 'usual')
  body.append(list, ...(legend === null ? [] : [legend]))
  const bars = new Map<string, Bar>()
  let rowsMax = 0
  return {
    update({ rows }) {
      rowsMax = Math.max(rowsMax, rows.length)
      list.style.setProperty('--rows', String(rowsMax))
      const scale = scaleOf(rows.flatMap((row) => [numberOf(row, panel.value), numberOf(row, panel.usual)]))
      const column = (name: string) => rows.map((row) => row[name])
      const values = alikeNumbers(column(panel.value), valueCharsMax)
      const usuals = panel.usual === undefined ? [] : alikeNumbers(column(panel.usual), valueCharsMax)
      const labels = rows.map((row) => labelOf(row, panel))
      const shown = rows.map((row, i) => {
        const label = labels[i] ?? ''
        // Two places may have one name.
        const key = `${label} ${labels.slice(0, i).filter((other) => other === label).length}`
        const bar = bars.get(key) ?? makeBar(label, panel, app)
        bars.set(key, bar)
        bar.show({ row, value: values[i] ?? { text: '–', exact: '–' }, usual: usuals[i] ?? null }, scale)
        return bar.item
      })
      for (const [key, { item }] of bars) if (!shown.includes(item)) bars.delete(key)
      putInOrder(list, shown)
    },
  }
}

/**
 * The scale reaches from the least to the greatest value and always holds zero: a bar of a negative value goes back
 * from zero.
 */
function scaleOf(values: readonly number[]): Scale {
  const [min, max] = [Math.min(...values, 0), Math.max(...values, 0)]
  return (value) => (100 * (value - min)) / (max - min || 1)
}

function makeBar(label: string, panel: PanelOf<'bars'>, app: App): Bar {
  let row: Row = {}
  const [name, value, fill] = [
    element('span', { class: 'bar-label', text: label }),
    element('span', { class: 'bar-value' }),
    element('span', { class: 'bar-fill' }),
  ]
  const mark = panel.usual === undefined ? null : element('span', { class: 'bar-usual', hidden: true })
  const spoken = element('span', { class: 'hidden-text' })
  const parts = [name, element('span', { class: 'bar-track' }, fill, mark), value, spoken]
  const button =
    panel.sets === undefined
      ? element('div', { class: 'bar' }, ...parts)
      : element('button', { class: 'bar', type: 'button' }, ...parts)
  const showPressed = (): void => {
    if (panel.sets !== undefined) button.setAttribute('aria-pressed', String(isSet(app, filtersOf(panel.sets, row))))
  }
  if (panel.sets !== undefined) {
    const { sets } = panel
    button.addEventListener('click', () => toggleFilters(app, filtersOf(sets, row)))
    app.filters.onChange(showPressed)
  }
  return {
    item: element('li', {}, button),
    show({ row: next, value: number, usual }, scale) {
      row = next
      const [from, to] = [scale(0), scale(numberOf(row, panel.value))]
      fill.style.insetInlineStart = `${Math.min(from, to)}%`
      fill.style.inlineSize = `${Math.abs(to - from)}%`
      setText(value, number.text)
      const isKnown = mark !== null && usual !== null && row[panel.usual ?? ''] !== null
      if (mark !== null) {
        mark.hidden = !isKnown
        mark.style.insetInlineStart = `${scale(numberOf(row, panel.usual))}%`
      }
      setText(spoken, isKnown ? `, usual ${usual.text}` : '')
      button.title = `${label}: ${number.exact}${isKnown ? `, usual ${usual.exact}` : ''}`
      showPressed()
    },
  }
}

export function labelOf(row: Row, { label }: { readonly label: readonly string[] }): string {
  return label
    .map((column) => row[column])
    .filter((part) => part !== null && part !== undefined && part !== '')
    .join(', ')
}

export function numberOf(row: Row, column: string | undefined): number {
  const value = Number(column === undefined ? 0 : (row[column] ?? 0))
  return Number.isFinite(value) ? value : 0
}

/**
 * Returns the filters that a click on the row sets. `sets` has a column for each parameter; a column without a value
 * sets nothing.
 */
export function filtersOf(sets: Readonly<Record<string, string>>, row: Row): Values {
  return Object.fromEntries(
    Object.entries(sets).flatMap(([parameter, column]) => {
      const value = row[column]
      return value === null || value === undefined ? [] : [[parameter, String(value)]]
    }),
  )
}

export function isSet(app: App, values: Values): boolean {
  const current = app.filters.get()
  const wanted = Object.entries(values)
  return wanted.length > 0 && wanted.every(([name, value]) => current[name] === value)
}

/** A second click removes the filters of the first. */
export function toggleFilters(app: App, values: Values): void {
  const cleared = Object.fromEntries(Object.keys(values).map((name) => [name, null]))
  app.filters.set(isSet(app, values) ? cleared : values)
}

/** Moves only elements that are in the wrong place, because moving an element takes the focus from it. */
function putInOrder(list: HTMLElement, items: readonly HTMLElement[]): void {
  const gone = [...list.children].filter((item) => !items.some((wanted) => wanted === item))
  for (const item of gone) item.remove()
  const focused = document.activeElement
  items.forEach((item, i) => {
    const there = list.children[i] ?? null
    if (there !== item) list.insertBefore(item, there)
  })
  if (focused instanceof HTMLElement && list.contains(focused)) focused.focus({ preventScroll: true })
}
