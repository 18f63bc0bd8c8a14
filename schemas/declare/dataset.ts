import type { z } from 'zod'
import type { Cell } from '../ports/engine.ts'

export type ColumnType = 'BIGINT' | 'DOUBLE' | 'VARCHAR' | 'BOOLEAN' | 'TIMESTAMPTZ' | 'INTEGER' | 'BLOB'

/**
 * Where a column's value comes from. `path` starts at the event (`group.group_id`), at the element of an unnested table
 * (`@.urlkey`; `@key` is the name of an object's entry), or at the log's record (`$partition`, `$offset`, `$timestamp`).
 * TIMESTAMPTZ is made from epoch milliseconds.
 */
export type Column = { readonly path: string; readonly type: ColumnType }

type TableShape = {
  /** The columns that identify what a newer row replaces. A row with a null among them is no row. */
  readonly key: readonly string[]
  readonly columns: Readonly<Record<string, Column>>
}

/** One row per key: the one of the newest version. With `array`, every element of every event is a row of its own. */
export type LatestTable = TableShape & { readonly kind: 'latest'; readonly array?: string }

/**
 * The elements of an array, or the entries of an object, that belong to one owner. Its key is the owner's; the newest
 * version's elements, distinct by `distinct`, replace all older ones.
 */
export type SetTable = TableShape & {
  readonly kind: 'set'
  readonly owner: string
  readonly distinct: readonly string[]
  /**
   * Elements that equal another by `distinct`, or lack one of its columns, have no row of their own. Declared here, that is
   * how it is meant; otherwise a column of the owner, `<set>_dropped`, counts them.
   */
  readonly mayDrop?: true
} & ({ readonly array: string } | { readonly entries: string })

/** One row per accepted event, as it came. Nothing ever replaces it. */
export type AppendTable = TableShape & { readonly kind: 'append' }

export type Table = LatestTable | SetTable | AppendTable

/**
 * What a caller writes and what the SQL gets: a duration (`PT15M`, `15m`) becomes a BIGINT of milliseconds, a timestamp
 * (RFC 3339, epoch ms) text that casts to TIMESTAMPTZ, a time zone its IANA name, a choice one of `choices`.
 */
export type ParameterType = 'text' | 'integer' | 'number' | 'timestamp' | 'duration' | 'timezone' | 'choice'

export type Parameter = {
  readonly type: ParameterType
  readonly description: string
  /** Used where the caller gives none, written as a caller would. A parameter without it that is not given is null in the SQL. */
  readonly default?: string | number
  /** Of an integer, a number, or a duration in ms. */
  readonly minimum?: number
  readonly maximum?: number
  readonly choices?: readonly string[]
}

export type NamedQuery = {
  readonly description: string
  /**
   * The SQL, with `$name` for each parameter and unqualified table names, which the caller's view resolves. `$stream_time`
   * is the dataset's stream time (text that casts to TIMESTAMPTZ, null before the first event), the same under every view.
   */
  readonly sql: string
  readonly parameters: Readonly<Record<string, Parameter>>
}

export type FeedAnswer = {
  /** A named query of the dataset. */
  readonly query: string
  /** Fixed ones, written as a caller would. */
  readonly parameters?: Readonly<Record<string, string>>
}

/** Answers that are sent again whenever they changed. All answers of one message are of one state. */
export type Feed = {
  readonly description: string
  readonly answers: Readonly<Record<string, FeedAnswer>>
  /** What a subscriber may give: handed to every answer whose query has a parameter of that name and does not fix it. */
  readonly parameters: readonly string[]
  /** Also produced to a topic, without parameters. */
  readonly publish?: { readonly topic: string; readonly everyMs: number }
}

/** A number that people look at, to show how the layers make it. The conditions are SQL over the columns of their table. */
export type Count = {
  readonly title: string
  readonly table: string
  readonly where: string
  /** What a system that adds rows would have counted: events as they came. */
  readonly naive: { readonly table: string; readonly where: string }
}

type PanelShape = {
  readonly title: string
  /** One sentence: what it shows and how to read it. */
  readonly note: string
  readonly page: 'now' | 'map' | 'quality'
  readonly feed: string
  readonly answer: string
}

/** What the dashboard draws of an answer of a feed. Every name of a column is one of that answer. */
export type Panel = PanelShape &
  (
    | {
        readonly kind: 'bars'
        /** Columns that together name a bar. */
        readonly label: readonly string[]
        readonly value: string
        /** What would be usual, drawn as a mark on the bar. */
        readonly usual?: string
        /** A click sets these filters, by parameter, to the columns' values. */
        readonly sets?: Readonly<Record<string, string>>
      }
    | { readonly kind: 'series'; readonly time: string; readonly values: readonly string[] }
    | { readonly kind: 'list'; readonly columns: readonly string[] }
    /** The columns of the answer's one row. */
    | { readonly kind: 'figures'; readonly columns: readonly string[] }
    | {
        readonly kind: 'map'
        readonly lat: string
        readonly lon: string
        readonly size: string
        readonly label: readonly string[]
        readonly sets?: Readonly<Record<string, string>>
      }
  )

/**
 * A statement to begin with, over the tables of its dataset. Unqualified names of tables let the caller's view decide; a name that other datasets have
 * too is qualified.
 */
export type Example = { readonly title: string; readonly sql: string }

/** A parameter that the dashboard lets people set for all panels at once. */
export type Filter = {
  readonly label: string
  /** A named query that takes `text`, the beginning of what is typed, and answers the values in this column. */
  readonly suggest?: FeedAnswer & { readonly column: string }
  /** Values to choose from, where there are few. */
  readonly choices?: readonly string[]
}

export type GeneratedEvent = {
  /** After the start of the run. */
  readonly dueMs: number
  readonly line: string
}

/** Makes events up, so that a dataset can be tried without a source. */
export type Generator = {
  readonly description: string
  readonly parameters: Readonly<Record<string, Parameter>>
  /** In the order they are due; the same for the same parameters and start. Endless, unless a parameter bounds it. */
  readonly generate: (parameters: Readonly<Record<string, Cell>>, startMs: number) => Iterable<GeneratedEvent>
}

/**
 * The whole of a dataset. Everything else derives from it: the struct that parses the JSON, the verdict, table DDL, both
 * layers' normalising SQL, routes, feeds, the dashboard.
 */
export type Dataset = {
  readonly name: string
  readonly topic: string
  /** Commands that name no dataset mean this one. At most one is. */
  readonly isDefault?: true
  readonly description: string
  readonly contract: z.ZodType
  /** The field with the event's time in epoch ms: the first part of every version. It may lie this far ahead of the log's clock. */
  readonly time: { readonly path: string; readonly aheadMsMax: number }
  readonly tables: Readonly<Record<string, Table>>
  readonly queries: Readonly<Record<string, NamedQuery>>
  readonly feeds: Readonly<Record<string, Feed>>
  readonly counts: Readonly<Record<string, Count>>
  readonly filters: Readonly<Record<string, Filter>>
  readonly panels: readonly Panel[]
  readonly generator?: Generator
  readonly examples?: readonly Example[]
}
