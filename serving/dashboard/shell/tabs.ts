import { element } from '../page/element.ts'
import type { Page } from '../page/page.ts'

/** Links to the pages, which a new tab or a bookmark can hold. */
export function makeTabs(pages: readonly Page[]): {
  readonly root: HTMLElement
  /** Those of `shown`; the current page in any case. */
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
