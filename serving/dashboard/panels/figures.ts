import { element, setText } from '../page/element.ts'
import { columnTitle, exactValue, formatValue, isNumeric, typeOf } from '../page/format.ts'
import { alikeNumbers } from '../page/numbers.ts'
import type { Rows } from '../page/page.ts'
import type { MakePanelView } from './panel-view.ts'

/** A narrow screen has room for this many characters. */
const figureCharsMax = 17

export const figuresView: MakePanelView<'figures'> = (panel, body) => {
  const values = panel.columns.map((column) => ({ column, shown: element('dd') }))
  const list = element(
    'dl',
    { class: 'figures' },
    ...values.map(({ column, shown }) => element('div', {}, element('dt', { text: columnTitle(column) }), shown)),
  )
  body.append(list)
  return {
    update(answer) {
      const texts = values.map(({ column, shown }) => {
        const { text, exact } = figureOf(answer, column)
        setText(shown, text)
        shown.title = exact === text ? '' : exact
        return text
      })
      // Each column of the grid is as wide as the longest text.
      list.style.setProperty('--characters', String(Math.max(...texts.map(({ length }) => length))))
    },
  }
}

function figureOf(
  { columns, rows: [row = {}] }: Rows,
  column: string,
): { readonly text: string; readonly exact: string } {
  const [type, value] = [typeOf(columns, column), row[column]]
  const [number] = isNumeric(type) ? alikeNumbers([value], figureCharsMax) : []
  return number ?? { text: formatValue(value, type), exact: exactValue(value, type) }
}
