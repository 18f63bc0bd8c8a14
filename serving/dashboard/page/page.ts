import type { Amiss } from './amiss.ts'
import type { Count, Example, Filter, Panel, Parameter } from '../../../schemas/declare/dataset.ts'

/**
 * A page of the dashboard is a module of `pages/` that exports a Page, and a line in `shell/pages.ts`.
 *
 * `mount` fills `root`, which is empty, and returns at once; content that takes time shows that it is being loaded. It
 * is called again, with an empty root, whenever the page or the dataset changes, but not when a filter changes.
 * Everything that a page starts must end with `app.signal`: give the signal to listeners and requests. Subscriptions
 * and `filters.onChange` end with it by themselves.
 *
 * A page knows no dataset: it shows what `app.dataset` declares. It sets neither a `style` attribute, which the page's
 * policy forbids, nor `innerHTML`; use `element.style` and `style.css`. Elements are made by `element.ts`, cards with a
 * title, a note, states and a table on demand by `card.ts`, numbers and times by `format.ts`, charts by `chart.ts`.
 */
export type Page = {
  readonly id: string
  readonly title: string
  /** One sentence under the title of the page. */
  readonly note: string
  /** Returns false if the page has nothing to show for a dataset: its tab is then left out. */
  readonly isFor?: (dataset: DatasetInfo) => boolean
  /** False if no filter changes the page: it then shows no filters. */
  readonly hasFilters?: false
  mount(root: HTMLElement, app: App): void
}

export type App = {
  readonly datasets: readonly DatasetInfo[]
  readonly dataset: DatasetInfo
  readonly filters: Filters
  readonly api: Api
  /** Aborts when the page is left. */
  readonly signal: AbortSignal
  /**
   * Follows a feed of the dataset. Its parameters are the current filters that the feed takes; when they change, it is
   * followed with the new ones. Subscribers of one feed share one connection. Calls nothing after the page is left.
   */
  subscribe(feed: string, subscriber: FeedSubscriber): void
  /** Calls the listener every second with the status of the service, and at once with the last known one. */
  onStatus(listener: (status: Status) => void): void
}

/**
 * Values of the dataset's filters by parameter, kept in the address. An empty value means that the filter is not set.
 */
export type Filters = {
  get(): Readonly<Record<string, string>>
  /** Replaces the named values; null or '' removes one. */
  set(values: Readonly<Record<string, string | null>>): void
  onChange(listener: () => void): void
}

export type FeedSubscriber = {
  /** Called when the filters have changed: earlier messages were for the old filters. */
  onAsk?(): void
  onMessage(message: FeedMessage): void
  /** Called with a text for people when the service is away or cannot answer. The feed is tried again by itself. */
  onProblem?(text: string): void
}

export type Value = string | number | boolean | null
export type Row = Readonly<Record<string, Value>>
export type ColumnInfo = { readonly name: string; readonly type: string }
export type Rows = { readonly columns: readonly ColumnInfo[]; readonly rows: readonly Row[] }

export type AsOf = {
  readonly view: string
  readonly datasets: Readonly<
    Record<
      string,
      {
        readonly generation: number
        readonly tidemark: Readonly<Record<string, string>>
        readonly speed: Readonly<Record<string, string>>
        readonly stream_time: string | null
        readonly lag_ms: number
      }
    >
  >
}

export type FeedMessage = {
  readonly feed: string
  readonly as_of: AsOf
  readonly answers: Readonly<Record<string, Rows>>
  /** The errors of answers that failed, by answer. */
  readonly errors?: Readonly<Record<string, { readonly detail: string }>>
}

export type Answer = Rows & {
  readonly row_count: number
  readonly truncated: boolean
  readonly as_of: AsOf
  readonly elapsed_ms: number
}

export type Values = Readonly<Record<string, string>>

/** Every call rejects with an ApiProblem of `api.ts`, whose message is for people. */
export type Api = {
  query(name: string, parameters?: Values, signal?: AbortSignal): Promise<Answer>
  table(name: string, parameters?: Values, signal?: AbortSignal): Promise<Answer>
  sql(request: SqlRequest, signal?: AbortSignal): Promise<Answer>
  /**
   * For paths that the other calls do not cover: `/v1/...`, with the key if one is required. Rejects if the answer is a
   * problem.
   */
  fetch(path: string, init?: RequestInit): Promise<Response>
}

export type SqlRequest = {
  readonly sql: string
  readonly params?: readonly Value[]
  readonly view?: string
  readonly max_rows?: number
  readonly timeout_ms?: number
}

export type Status = Amiss & {
  readonly ready: boolean
  readonly waiting_for: Readonly<Record<string, string>>
  readonly datasets: readonly StatusEntry[]
}

/** The entry of one dataset in `/v1/status`. */
export type StatusEntry = {
  readonly dataset: string
  readonly ready: boolean
  readonly waiting_for: string | null
  readonly generation: number
  readonly tidemark: Readonly<Record<string, string>>
  readonly speed: Readonly<Record<string, string>>
  readonly stream_time: string | null
  /** Why its times seem to be of another unit than declared, and what to do; null if they do not. */
  readonly time_doubt: string | null
  readonly lag_ms: number
  /** The offsets that the log held a while ago; null before they were first read. */
  readonly log: {
    readonly partitions: Readonly<Record<string, { readonly first: string; readonly next: string }>>
  } | null
}

export type TableInfo = {
  readonly name: string
  readonly kind: string
  readonly key: readonly string[]
  readonly columns: readonly ColumnInfo[]
  /** The table that a set belongs to; null for every other table. */
  readonly owner: string | null
  /** By column, the key that its values refer to, as `table.column`. */
  readonly references: Readonly<Record<string, string>>
}

/** The entry of one dataset in `/v1/datasets`. */
export type DatasetInfo = {
  readonly name: string
  readonly description: string
  readonly tables: readonly TableInfo[]
  readonly queries: readonly {
    readonly name: string
    readonly description: string
    readonly parameters: readonly ({ readonly name: string } & Parameter)[]
  }[]
  readonly feeds: readonly {
    readonly name: string
    readonly description: string
    readonly parameters: readonly string[]
    /** The parameters that each answer takes, by answer. */
    readonly takes: Readonly<Record<string, readonly string[]>>
  }[]
  readonly counts: Readonly<Record<string, Count>>
  readonly filters: Readonly<Record<string, Filter>>
  readonly panels: readonly Panel[]
  readonly examples: readonly Example[]
}
