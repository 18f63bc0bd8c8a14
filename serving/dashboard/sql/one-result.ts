import { element } from '../page/element.ts'
import { formatDuration } from '../page/format.ts'
import { formatNumber } from '../page/numbers.ts'
import type { Answer, App } from '../page/page.ts'
import { asOfList } from './as-of.ts'
import { chooseChart } from './choose-chart.ts'
import { downloads } from './download.ts'
import type { Asked } from './kept-statement.ts'
import { resultChart } from './result-chart.ts'
import { resultTable } from './result-table.ts'

/** `20 rows in 34 ms` */
export function rowsText({ row_count: count, truncated, elapsed_ms: elapsedMs }: Answer): string {
  const rows = `${formatNumber(count)} ${count === 1 ? 'row' : 'rows'} in ${formatDuration(elapsedMs)}`
  return truncated ? `${rows}; there are more: this is as many as an answer may have` : rows
}

/** Shows the answer as a table, as a chart if one fits, with downloads and the state that it was read at. */
export function oneResult(answer: Answer, asked: Asked, app: App, say: (text: string) => void): HTMLElement {
  const table = resultTable(answer, 'Result')
  const choice = chooseChart(answer)
  const shown = element('div', { class: 'result-body' }, table)
  const chart = choice === null ? null : element('div', { class: 'result-chart', hidden: true })
  if (chart !== null && choice !== null) {
    chart.append(resultChart(answer, choice, app))
    shown.append(chart)
  }
  const tabs = chart === null ? null : switchBetween(table, chart)
  return element(
    'div',
    { class: 'result-one' },
    element('div', { class: 'result-tools' }, tabs, downloads(app, asked, say)),
    shown,
    asOfList(answer.as_of),
  )
}

function switchBetween(table: HTMLElement, chart: HTMLElement): HTMLElement {
  const parts = [
    ['Table', table],
    ['Chart', chart],
  ] as const
  const buttons = parts.map(([text]) => element('button', { type: 'button', class: 'segment', text }))
  const show = (chosen: number): void => {
    for (const [i, [, part]] of parts.entries()) {
      part.hidden = i !== chosen
      buttons[i]?.setAttribute('aria-pressed', String(i === chosen))
    }
  }
  for (const [i, button] of buttons.entries()) button.addEventListener('click', () => show(i))
  show(0)
  return element('div', { class: 'segments', role: 'group', 'aria-label': 'Show as' }, ...buttons)
}
