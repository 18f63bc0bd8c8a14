import type { Amiss } from './amiss.ts'
import type { Count, Example, Filter, Panel, Parameter } from '../../../schemas/declare/dataset.ts'

/**
 * A page of the dashboard is a module of `pages/` that exports a Page, and a line in `pages.ts`.
 *
 * `mount` fills `root`, which is empty, and returns at once: what takes time shows that it does. It is called again, on an empty
 * root, whenever the page or the dataset changes; a change of filters mounts nothing anew. What a page starts ends with
 * `app.signal`: hand it to listeners and requests. Subscriptions and `filters.onChange` end with it by themselves.
 *
 * A page knows no dataset: what it shows comes from `app.dataset`. It sets no `style` attribute and no `innerHTML`, for the policy
 * forbids the first; `element.style` and `style.css` do what is needed. Elements are made by `element.ts`, cards with a
 * title, a note, states and a table on demand by `card.ts`, numbers and times by `format.ts`, charts by `chart.ts`.
 */
export type Page = {
  readonly id: string
  readonly title: string
  /** One sentence under the title of the page. */
  readonly note: string
  /** Where it has nothing to show for a dataset, its tab is left out. */
  readonly isFor?: (dataset: DatasetInfo) => boolean
  /** False where the page shows the same whatever is chosen: it has no filters then. */
  readonly hasFilters?: false
  mount(root: HTMLElement, app: App): void
}

export type App = {
  readonly datasets: readonly DatasetInfo[]
  readonly dataset: DatasetInfo
  readonly filters: Filters
  readonly api: Api
  /** Aborted when the page is left. */
  readonly signal: AbortSignal
  /**
   * Follows a feed of the dataset. Those of the current filters that the feed takes are its parameters, and it is followed
   * anew when they change. Subscribers of one feed share one connection. Calls nothing once the page is left.
   */
  subscribe(feed: string, subscriber: FeedSubscriber): void
  /** The status of the service, asked for every second, and at once when it is known already. */
  onStatus(listener: (status: Status) => void): void
}

/** Values of the dataset's filters by parameter, kept in the address. An empty one is none. */
export type Filters = {
  get(): Readonly<Record<string, string>>
  /** Replaces those that are named; null or '' removes. */
  set(values: Readonly<Record<string, string | null>>): void
  onChange(listener: () => void): void
}

export type FeedSubscriber = {
  /** Other filters are asked for: what was told before is of those before. */
  onAsk?(): void
  onMessage(message: FeedMessage): void
  /** The service is away or says that it cannot: for people. It is tried again by itself. */
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
  /** By answer that there is none of. */
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
  /** For what the others do not cover: `/v1/...`, with the key where one is needed. Rejects where the answer is a problem. */
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

/** What /v1/status says of one dataset. */
export type StatusEntry = {
  readonly dataset: string
  readonly ready: boolean
  readonly waiting_for: string | null
  readonly generation: number
  readonly tidemark: Readonly<Record<string, string>>
  readonly speed: Readonly<Record<string, string>>
  readonly stream_time: string | null
  readonly lag_ms: number
  /** What the log holds, as it was seen a while ago; null before it was. */
  readonly log: {
    readonly partitions: Readonly<Record<string, { readonly first: string; readonly next: string }>>
  } | null
}

/** As `/v1/datasets` says it. */
export type DatasetInfo = {
  readonly name: string
  readonly description: string
  readonly tables: readonly {
    readonly name: string
    readonly kind: string
    readonly key: readonly string[]
    readonly columns: readonly ColumnInfo[]
  }[]
  readonly queries: readonly {
    readonly name: string
    readonly description: string
    readonly parameters: readonly ({ readonly name: string } & Parameter)[]
  }[]
  readonly feeds: readonly {
    readonly name: string
    readonly description: string
    readonly parameters: readonly string[]
    /** By answer: those of the parameters that choose it. */
    readonly takes: Readonly<Record<string, readonly string[]>>
  }[]
  readonly counts: Readonly<Record<string, Count>>
  readonly filters: Readonly<Record<string, Filter>>
  readonly panels: readonly Panel[]
  readonly examples: readonly Example[]
}
