import { element } from '../page/element.ts'
import type { Page } from '../page/page.ts'

/** Tabs are links to the pages, so that they can be opened in a new tab and bookmarked. */
export function makeTabs(pages: readonly Page[]): {
  readonly root: HTMLElement
  /** Shows the tabs of `shown`, and always that of the current page. */
  show(current: Page, shown: readonly Page[], hrefOfPage: (page: Page) => string): void
} {
  const links = pages.map((page) => ({ page, link: element('a', { text: page.title }) }))
  const items = links.map(({ link }) => element('li', {}, link))
  return {
    root: element('nav', { class: 'tabs-nav', 'aria-label': 'Pages' }, element('ul', { class: 'tabs' }, ...items)),
    show(current, shown, hrefOfPage) {
      for (const { page, link } of links) {
        if (link.parentElement !== null) link.parentElement.hidden = page !== current && !shown.includes(page)
        link.href = hrefOfPage(page)
        if (page === current) link.setAttribute('aria-current', 'page')
        else link.removeAttribute('aria-current')
      }
    },
  }
}
