import { element, setText } from '../element.ts'
import { columnTitle, formatValue, typeOf } from '../format.ts'
import type { MakePanelView } from '../panel-view.ts'

export const figuresView: MakePanelView<'figures'> = (panel, body) => {
  const values = panel.columns.map((column) => ({ column, shown: element('dd') }))
  body.append(
    element(
      'dl',
      { class: 'figures' },
      ...values.map(({ column, shown }) => element('div', {}, element('dt', { text: columnTitle(column) }), shown)),
    ),
  )
  return {
    update({ columns, rows: [row = {}] }) {
      for (const { column, shown } of values) setText(shown, formatValue(row[column], typeOf(columns, column)))
    },
  }
}
