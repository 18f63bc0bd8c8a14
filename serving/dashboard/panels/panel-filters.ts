import type { Panel } from '../../../schemas/declare/dataset.ts'
import type { App } from '../page/page.ts'

/** What `taken` says where no filter that the panel follows is set. */
export const none = '[]'

/** Which of the filters that are set choose the answer of a panel, as the dataset declares it, and which do not. */
export function panelFilters(
  panel: Pick<Panel, 'feed' | 'answer'>,
  app: App,
): {
  /** Equal where the panel shows the same. */
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
