import type { Cell } from '../ports/engine.ts'
import type { ColumnType } from './column-types.ts'

/** A schema of any zod 4. The types of two minor versions differ, and an owner's may be another one than ours. */
export type Contract = { readonly _zod: { readonly version: { readonly major: 4 } } }

/** How an event writes a time: as seconds, milliseconds or microseconds since 1970, or as a text of ISO 8601. */
export type TimeForm = 's' | 'ms' | 'us' | 'iso'

/**
 * Where a column's value comes from. `path` starts at the event (`group.group_id`), at the element of an unnested table
 * (`@.urlkey`; `@key` is the name of an object's entry), or at the log's record (`$partition`, `$offset`, `$timestamp`).
 * An event with a value that does not fit the type is rejected.
 */
export type Column = {
  readonly path: string
  readonly type: ColumnType
  /** For a TIMESTAMPTZ or a DATE: how the field writes it. Without it, a number is milliseconds and a text ISO 8601. */
  readonly from?: TimeForm
}

/** A column that is computed where its table is read. `sql` is over the other columns of the row. */
export type ComputedColumn = { readonly sql: string; readonly type: ColumnType }

type TableShape = {
  /** The columns that identify what a newer row replaces. A row with a null in one of them is left out. */
  readonly key: readonly string[]
  readonly columns: Readonly<Record<string, Column>>
  /** What cannot be computed of a row is null there. A computed column may change at any time, as queries may. */
  readonly computed?: Readonly<Record<string, ComputedColumn>>
  /**
   * By column, the table and column that its values refer to: `'member.member_id'`, which is the whole key of a latest
   * table. References are shown, drawn, and counted where they are broken. They are never enforced: no event is refused
   * for one, since what it refers to may come later.
   */
  readonly references?: Readonly<Record<string, string>>
}

/** Events of one kind: those whose field has one of these values. */
export type When = { readonly path: string; readonly in: readonly (string | number | boolean)[] }

/**
 * Events that delete a row. With `key`, such an event has columns of the key at other paths than the events that make the
 * row, as Debezium's have them in `before`.
 */
type EventDeletes = When & { readonly key?: Readonly<Record<string, string>> }

/**
 * Kafka's tombstones, records with a key and without a value, delete a row. They say for each column of the table's key
 * where the record's key has it: `$key` is all of it, `$key.id` a field of a key that is JSON. It is read as the field
 * that the column has in events.
 */
type TombstoneDeletes = { readonly tombstones: Readonly<Record<string, string>> }

/** What deletes a row: events, tombstones, or both. */
export type Deletes =
  | (EventDeletes & Partial<TombstoneDeletes>)
  | (TombstoneDeletes & { readonly path?: never; readonly in?: never; readonly key?: never })

/**
 * One row per key, the one of the newest version. With `array`, each element of that array is a row, else each event.
 * With `when`, only such events count; with several, those of which all are true. With `deletes`, such an event or
 * tombstone deletes the row of its key, and the sets that the row owns, whatever order they arrive in.
 */
export type LatestTable = TableShape & {
  readonly kind: 'latest'
  readonly array?: string
  readonly when?: When | readonly When[]
  readonly deletes?: Deletes
}

/**
 * The elements of an array, or the entries of an object, that belong to one owner. Its key is the owner's. The elements
 * of the owner's newest version, distinct by the columns `distinct`, replace all older ones.
 */
export type SetTable = TableShape & {
  readonly kind: 'set'
  readonly owner: string
  readonly distinct: readonly string[]
  /**
   * Elements that equal another by `distinct`, or have a null in one of these columns, are dropped. Without `mayDrop`
   * the owner has a column, `<set>_dropped`, that counts them.
   */
  readonly mayDrop?: true
} & ({ readonly array: string } | { readonly entries: string })

/** One row per accepted event, as it came. Nothing ever replaces it. With `when`, only such events count. */
export type AppendTable = TableShape & { readonly kind: 'append'; readonly when?: When | readonly When[] }

export type Table = LatestTable | SetTable | AppendTable

/**
 * What a caller writes and what the SQL gets: a duration (`PT15M`, `15m`) becomes a BIGINT of milliseconds, a timestamp
 * (RFC 3339, epoch ms) text that casts to TIMESTAMPTZ, a time zone its IANA name, a choice one of `choices`.
 */
export type ParameterType = 'text' | 'integer' | 'number' | 'timestamp' | 'duration' | 'timezone' | 'choice'

export type Parameter = {
  readonly type: ParameterType
  readonly description: string
  /**
   * Used if the caller gives no value, and written as a caller would. Without a default the value is then null in the
   * SQL.
   */
  readonly default?: string | number
  /** For an integer, a number, or a duration in milliseconds. */
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
  /** Values that the feed fixes, written as a caller would. */
  readonly parameters?: Readonly<Record<string, string>>
}

/** Answers that are sent again whenever they change. All answers of one message show the same state. */
export type Feed = {
  readonly description: string
  readonly answers: Readonly<Record<string, FeedAnswer>>
  /** Parameters that a subscriber may give. Each goes to every answer whose query has it and that does not fix it. */
  readonly parameters: readonly string[]
  /** Also produced to a topic, without parameters. */
  readonly publish?: { readonly topic: string; readonly everyMs: number }
}

/** A number for which people can see how the layers make it. The conditions are SQL over the columns of their table. */
export type Count = {
  readonly title: string
  readonly table: string
  readonly where: string
  /** What a system that adds up events as they come would count. */
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
        /** The columns that together name a bar. */
        readonly label: readonly string[]
        readonly value: string
        /** A column with the usual value, drawn as a mark on the bar. */
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
 * A statement for people to begin with. Names of tables are unqualified, so that the chosen view applies, unless
 * another dataset has the same name.
 */
export type Example = { readonly title: string; readonly sql: string }

/** A parameter that the dashboard lets people set for all panels at once. */
export type Filter = {
  readonly label: string
  /** A named query that takes the beginning of a value as `text`, and returns values in this column. */
  readonly suggest?: FeedAnswer & { readonly column: string }
  /** The values to choose from, if they are few. */
  readonly choices?: readonly string[]
}

export type GeneratedEvent = {
  /** Milliseconds after the start of the run. */
  readonly dueMs: number
  readonly line: string
}

/** Makes events up, so that a dataset can be tried without a source. */
export type Generator = {
  readonly description: string
  readonly parameters: Readonly<Record<string, Parameter>>
  /**
   * Returns events in the order they are due, the same ones for the same parameters and start. Endless, unless a
   * parameter limits it.
   */
  readonly generate: (parameters: Readonly<Record<string, Cell>>, startMs: number) => Iterable<GeneratedEvent>
}

/**
 * The whole of a dataset. Everything else derives from it: the struct that parses the JSON, the verdict, table DDL, both
 * layers' normalising SQL, routes, feeds, the dashboard.
 */
export type Dataset = {
  readonly name: string
  readonly topic: string
  /** Commands that name no dataset mean this one. At most one dataset is the default. */
  readonly isDefault?: true
  readonly description: string
  readonly contract: Contract
  /**
   * The field with the event's time, the first part of every version. Without `unit`, a number is epoch milliseconds and
   * a text ISO 8601. It lies in the years 1970 to 9999, and may be `aheadMsMax` ahead of the log's clock.
   */
  readonly time: { readonly path: string; readonly unit?: TimeForm; readonly aheadMsMax: number }
  readonly tables: Readonly<Record<string, Table>>
  readonly queries: Readonly<Record<string, NamedQuery>>
  readonly feeds: Readonly<Record<string, Feed>>
  readonly counts: Readonly<Record<string, Count>>
  readonly filters: Readonly<Record<string, Filter>>
  readonly panels: readonly Panel[]
  readonly generator?: Generator
  readonly examples?: readonly Example[]
}
