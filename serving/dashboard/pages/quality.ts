import type { Page } from '../page/page.ts'
import { mountPanels } from '../panels/panels.ts'
import { rejectedCard } from '../quality/rejected-card.ts'
import { timeDoubt } from '../quality/time-doubt.ts'

export const qualityPage: Page = {
  id: 'quality',
  title: 'Quality',
  note: 'What the stream is made of: what came twice, changed, came late or could not be read.',
  hasFilters: false,
  mount(root, app) {
    root.append(timeDoubt(app))
    if (app.dataset.panels.some(({ page }) => page === 'quality')) mountPanels(root, app, 'quality')
    root.append(rejectedCard(app))
  },
}
