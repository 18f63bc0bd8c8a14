import type { Panel } from '../../../schemas/declare/dataset.ts'
import { makeCard } from './card.ts'
import { element } from '../page/element.ts'
import type { App } from '../page/page.ts'
import { barsView } from './bars.ts'
import { figuresView } from './figures.ts'
import { listView } from './list.ts'
import { mapView } from './map.ts'
import { seriesView } from './series.ts'
import { none, panelFilters } from './panel-filters.ts'
import type { PanelView } from './panel-view.ts'

/** A list with more columns takes the whole width. */
const columnsBesideMax = 5

/** Fills `root` with the panels that the dataset declares for this page. Each follows its feed. */
export function mountPanels(root: HTMLElement, app: App, page: Panel['page']): void {
  const panels = app.dataset.panels.filter((panel) => panel.page === page)
  if (panels.length === 0) {
    root.append(element('p', { class: 'card-state', text: 'This dataset declares nothing to show here.' }))
    return
  }
  const grid = element('div', { class: 'cards' })
  root.append(grid)
  for (const panel of panels) grid.append(mountPanel(panel, app))
}

function mountPanel(panel: Panel, app: App): HTMLElement {
  const card = makeCard(panel)
  card.root.classList.toggle('card-wide', panel.kind === 'list' && panel.columns.length > columnsBesideMax)
  const view = viewOf(panel, card.body, app)
  const filters = panelFilters(panel, app)
  const showExcept = (): void => card.showExcept(exceptText(app, filters.notTaken()))
  let shown = filters.taken()
  showExcept()
  app.filters.onChange(showExcept)
  app.subscribe(panel.feed, {
    onAsk() {
      if (filters.taken() !== shown) card.showPending()
    },
    onMessage({ answers, errors = {}, as_of: asOf }) {
      const problem = errors[panel.answer]
      if (problem !== undefined) card.showStale(problem.detail)
      const answer = answers[panel.answer]
      if (answer === undefined) return
      shown = filters.taken()
      if (answer.rows.length === 0) {
        const hasEvents = (asOf.datasets[app.dataset.name]?.stream_time ?? null) !== null
        card.showState(emptyText(hasEvents, shown !== none))
        return
      }
      card.showBody()
      view.update(answer)
    },
    onProblem: (text) => card.showStale(text),
  })
  return card.root
}

function emptyText(hasEvents: boolean, isFiltered: boolean): string {
  if (!hasEvents) return 'Waiting for the first event…'
  return isFiltered ? 'Nothing so far for what is chosen above.' : 'None so far.'
}

function exceptText(app: App, names: readonly string[]): string {
  const labels = names.map((name) => (app.dataset.filters[name]?.label ?? name).toLowerCase())
  return labels.length === 0 ? '' : `Not filtered by ${labels.join(' and ')}.`
}

function viewOf(panel: Panel, body: HTMLElement, app: App): PanelView {
  switch (panel.kind) {
    case 'bars':
      return barsView(panel, body, app)
    case 'series':
      return seriesView(panel, body, app)
    case 'list':
      return listView(panel, body, app)
    case 'figures':
      return figuresView(panel, body, app)
    case 'map':
      return mapView(panel, body, app)
  }
}
