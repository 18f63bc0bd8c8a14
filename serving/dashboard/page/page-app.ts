import { onlyNamed } from './address.ts'
import { apiOf, queryText } from './api.ts'
import type { FilterState } from './filter-state.ts'
import type { LiveFeeds } from './live-feeds.ts'
import type { App, FeedSubscriber } from './page.ts'
import type { StatusWatch } from './status-watch.ts'

type Parts = Pick<App, 'datasets' | 'dataset' | 'signal'> & {
  readonly filters: FilterState
  readonly feeds: LiveFeeds
  readonly status: StatusWatch
}

/** Returns the parts that a page may use while it is shown. */
export function pageApp(parts: Parts): App {
  const { datasets, dataset, filters, status, signal } = parts
  return {
    datasets,
    dataset,
    filters,
    signal,
    api: apiOf(dataset.name, signal),
    onStatus: (listener) => signal.addEventListener('abort', status.onStatus(listener)),
    subscribe: (feed, subscriber) => followFiltered(parts, feed, subscriber),
  }
}

function followFiltered({ dataset, filters, feeds, signal }: Parts, feed: string, subscriber: FeedSubscriber): void {
  const taken = dataset.feeds.find(({ name }) => name === feed)?.parameters ?? []
  const urlNow = (): string => `/v1/${dataset.name}/feeds/${feed}${queryText(onlyNamed(filters.get(), taken))}`
  let url = urlNow()
  let unfollow = feeds.follow(url, subscriber)
  filters.onChange(() => {
    if (signal.aborted || url === urlNow()) return
    unfollow()
    url = urlNow()
    subscriber.onAsk?.()
    unfollow = feeds.follow(url, subscriber)
  })
  signal.addEventListener('abort', () => unfollow())
}
