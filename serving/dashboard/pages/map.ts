import type { Page } from '../page/page.ts'
import { mountPanels } from '../panels/panels.ts'

export const mapPage: Page = {
  id: 'map',
  title: 'Map',
  note: 'Where it is happening. Events without a place on earth are not drawn.',
  isFor: ({ panels }) => panels.some(({ page }) => page === 'map'),
  mount: (root, app) => mountPanels(root, app, 'map'),
}
