import { hrefOf, onlyNamed, readAddress } from '../page/address.ts'
import { datasetChoice } from './dataset-choice.ts'
import { element } from '../page/element.ts'
import { makeFilterBar } from './filter-bar.ts'
import { FilterState } from '../page/filter-state.ts'
import { LiveFeeds } from '../page/live-feeds.ts'
import { pageApp } from '../page/page-app.ts'
import { notesStrip } from './notes-strip.ts'
import type { DatasetInfo, Page, Values } from '../page/page.ts'
import { pages } from './pages.ts'
import { statusLine } from './status-line.ts'
import { watchStatus } from '../page/status-watch.ts'
import { missingParts, notFound } from './not-found.ts'
import { makeTabs } from './tabs.ts'
import { themeButton } from './theme.ts'

type Datasets = readonly [DatasetInfo, ...DatasetInfo[]]

/** The page and dataset that the address names. If it names none, the first ones. */
type Place = { readonly page: Page; readonly dataset: DatasetInfo }

/** The header, tabs and filters, with the page of the address in `main`. The address holds all state. */
export class Shell {
  readonly #main: HTMLElement
  readonly #datasets: Datasets
  readonly #feeds = new LiveFeeds()
  readonly #status = watchStatus()
  readonly #tabs = makeTabs(pages)
  readonly #line = statusLine(this.#status)
  readonly #choice: ReturnType<typeof datasetChoice>
  #mounted = new AbortController()
  #filters = new FilterState({}, () => {})
  #place: Place

  constructor(main: HTMLElement, datasets: Datasets) {
    this.#main = main
    this.#datasets = datasets
    this.#place = this.#placeNow()
    this.#choice = datasetChoice(datasets, (name) => {
      history.pushState(null, '', hrefOf({ page: this.#place.page.id, dataset: name, values: {} }))
      this.#mount()
    })
  }

  start(top: HTMLElement): void {
    const brand = element('a', { class: 'brand', href: '../' }, brandMark(), 'Tidemark')
    top.replaceChildren(brand, this.#choice.root, this.#tabs.root, this.#line.root, themeButton())
    top.after(notesStrip(this.#status))
    for (const place of [top, this.#main]) place.addEventListener('click', (event) => this.#follow(event))
    window.addEventListener('popstate', () => this.#goBack())
    this.#mount()
  }

  /** A link to another page of the dashboard does not load the document again. */
  #follow(event: MouseEvent): void {
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (link === null || link.origin !== location.origin || isForBrowser(event)) return
    event.preventDefault()
    history.pushState(null, '', link.href)
    this.#mount()
    this.#main.focus({ preventScroll: true })
  }

  #goBack(): void {
    const { page, dataset } = this.#placeNow()
    if (page !== this.#place.page || dataset !== this.#place.dataset) this.#mount()
    else this.#filters.replace(this.#filtersNow())
    this.#showTabs()
  }

  #mount(): void {
    this.#mounted.abort()
    this.#mounted = new AbortController()
    this.#place = this.#placeNow()
    const { page, dataset } = this.#place
    const missing = missingParts(readAddress(), pages, this.#datasets)
    this.#filters = new FilterState(this.#filtersNow(), (values) => this.#keepFilters(values))
    document.title = `${missing.length > 0 ? 'Not found' : page.title} · ${dataset.name} · Tidemark`
    this.#choice.show(dataset)
    this.#line.show(dataset)
    this.#showTabs()
    const app = pageApp({
      datasets: this.#datasets,
      dataset,
      // A page without filters is not told of their changes.
      filters: page.hasFilters === false ? new FilterState({}, () => {}) : this.#filters,
      feeds: this.#feeds,
      status: this.#status,
      signal: this.#mounted.signal,
    })
    if (missing.length > 0) {
      this.#main.replaceChildren(notFound(missing))
      return
    }
    const title = element('h1', { text: page.title })
    const head = element('div', {}, title, element('p', { class: 'note', text: page.note }))
    const root = element('div', { class: `page page-${page.id}` })
    this.#main.replaceChildren(
      element('div', { class: 'page-head' }, head, ...(page.hasFilters === false ? [] : makeFilterBar(app))),
      root,
    )
    page.mount(root, app)
  }

  /** Parameters of the address that belong to the page itself are kept. */
  #keepFilters(values: Values): void {
    const address = readAddress()
    const others = Object.entries(address.values).filter(([name]) => !Object.hasOwn(this.#place.dataset.filters, name))
    history.pushState(null, '', hrefOf({ ...address, values: { ...Object.fromEntries(others), ...values } }))
    this.#showTabs()
  }

  #showTabs(): void {
    const { page, dataset } = this.#place
    const named = this.#datasets.length > 1 ? dataset.name : null
    const shown = pages.filter(({ isFor }) => isFor?.(dataset) ?? true)
    this.#tabs.show(page, shown, ({ id }) => hrefOf({ page: id, dataset: named, values: this.#filters.get() }))
  }

  #placeNow(): Place {
    const address = readAddress()
    return {
      page: pages.find(({ id }) => id === address.page) ?? pages[0],
      dataset: this.#datasets.find(({ name }) => name === address.dataset) ?? this.#datasets[0],
    }
  }

  #filtersNow(): Values {
    return onlyNamed(readAddress().values, Object.keys(this.#placeNow().dataset.filters))
  }
}

/** Returns true if the click opens a new tab or downloads a file, which the browser does by itself. */
function isForBrowser(event: MouseEvent): boolean {
  return (
    event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey
  )
}

function brandMark(): HTMLElement {
  return element('img', { src: new URL('../icon.svg', import.meta.url).href, alt: '', width: 28, height: 28 })
}
