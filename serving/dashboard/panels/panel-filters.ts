import type { Panel } from '../../../schemas/declare/dataset.ts'
import type { App } from '../page/page.ts'

/** The result of `taken` if no filter is set that the panel follows. */
export const none = '[]'

/** Tells which of the set filters choose the panel's answer, by the dataset's declaration, and which do not. */
export function panelFilters(
  panel: Pick<Panel, 'feed' | 'answer'>,
  app: App,
): {
  /** Returns equal texts for filters with which the panel shows the same. */
  taken(): string
  notTaken(): readonly string[]
} {
  const takes = app.dataset.feeds.find(({ name }) => name === panel.feed)?.takes[panel.answer] ?? []
  const set = () => Object.entries(app.filters.get()).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return {
    taken: () => JSON.stringify(set().filter(([name]) => takes.includes(name))),
    notTaken: () => set().flatMap(([name]) => (takes.includes(name) ? [] : [name])),
  }
}
