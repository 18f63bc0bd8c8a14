import type { Page } from '../page/page.ts'
import { mountPanels } from '../panels/panels.ts'

export const nowPage: Page = {
  id: 'now',
  title: 'Now',
  note: 'What is happening in the stream, redrawn as events arrive.',
  mount: (root, app) => mountPanels(root, app, 'now'),
}
