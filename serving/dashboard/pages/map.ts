import type { Page } from '../page/page.ts'
import { mountPanels } from '../panels/panels.ts'

export const mapPage: Page = {
  id: 'map',
  title: 'Map',
  note: 'Where it is happening. What lies nowhere on earth is not drawn.',
  isFor: ({ panels }) => panels.some(({ page }) => page === 'map'),
  mount: (root, app) => mountPanels(root, app, 'map'),
}
