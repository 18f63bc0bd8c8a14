import { element } from '../page/element.ts'
import { isNumeric } from '../page/format.ts'
import type { Answer, App } from '../page/page.ts'
import { asOfText } from './as-of.ts'
import { rowsText } from './one-result.ts'
import { addUp } from './add-up.ts'
import { cellText, resultTable } from './result-table.ts'

export type ThreeAnswers = { readonly merged: Answer; readonly batch: Answer; readonly speed: Answer }

const titles = { merged: 'Merged', batch: 'Batch alone', speed: 'Speed alone' } as const
const views = ['merged', 'batch', 'speed'] as const

/**
 * Shows one statement under the three views. If each answer is one row, it also shows what adding the layers would
 * give; otherwise the three answers stand side by side.
 */
export function threeResults(answers: ThreeAnswers, sql: string, app: App): HTMLElement {
  const isSingle = views.every((view) => answers[view].rows.length === 1)
  const hint = qualifiedHint(sql, app)
  return element(
    'div',
    { class: 'result-three' },
    hint === null ? null : element('p', { class: 'hint', text: hint }),
    isSingle ? comparison(answers) : null,
    element('div', { class: 'three' }, ...(isSingle ? [] : views.map((view) => column(view, answers[view])))),
    element('p', { class: 'note as-of', text: asOfText(answers.merged.as_of).slice(1).join('; ') }),
  )
}

/**
 * A table name that is qualified with its dataset means the merged table under every view, so all three answers would
 * be the same.
 */
function qualifiedHint(sql: string, { datasets }: App): string | null {
  const named = datasets.find(({ name }) => new RegExp(`\\b${name}\\s*\\.`, 'i').test(sql))?.name
  if (named === undefined) return null
  return `Tables written as ${named}.… are merged under every view. Leave ${named}. out to let the view choose.`
}

function column(view: (typeof views)[number], answer: Answer): HTMLElement {
  return element(
    'section',
    { class: `view-column view-${view}` },
    element('h2', { text: titles[view] }),
    element('p', { class: 'note', text: rowsText(answer) }),
    resultTable(answer, `Result, ${titles[view].toLowerCase()}`),
  )
}

function comparison({ merged, batch, speed }: ThreeAnswers): HTMLElement {
  const heads = ['', titles.merged, titles.batch, titles.speed, 'Batch + speed', 'Adding is off by']
  const lines = merged.columns.map(({ name, type }) => {
    const values = [merged, batch, speed].map(({ rows: [row = {}] }) => row[name] ?? null)
    const [whole = null, ...parts] = values
    const added = isNumeric(type) ? addUp(parts, whole) : null
    const isOff = added !== null && added.off !== '0'
    const cells = [...values.map((value) => cellText(value, type)), added?.sum ?? '', added?.off ?? '']
    return element(
      'tr',
      {},
      element('th', { scope: 'row', text: name }),
      ...cells.map((text, i) =>
        element('td', {
          class: `number${i === 0 ? ' is-answer' : ''}${i === 4 && isOff ? ' is-off' : ''}`,
          text,
        }),
      ),
    )
  })
  const table = element(
    'table',
    { class: 'rows result comparison' },
    element('caption', { class: 'hidden-text', text: 'The three views' }),
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        ...heads.map((text, i) => (i === 0 ? element('td') : element('th', { scope: 'col', class: 'number', text }))),
      ),
    ),
    element('tbody', {}, ...lines),
  )
  return element('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'The three views' }, table)
}
