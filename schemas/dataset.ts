import type { z } from 'zod'

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
} & ({ readonly array: string } | { readonly entries: string })

/** One row per accepted event, as it came. Nothing ever replaces it. */
export type AppendTable = TableShape & { readonly kind: 'append' }

export type Table = LatestTable | SetTable | AppendTable

export type ParameterType = 'text' | 'integer' | 'timestamp'

export type Parameter = {
  readonly type: ParameterType
  readonly description: string
  /** Used where the caller gives none. A parameter without it that is not given is null in the SQL. */
  readonly default?: string | number
  readonly minimum?: number
  readonly maximum?: number
}

export type NamedQuery = {
  readonly description: string
  /** The SQL, with `$name` for each parameter and unqualified table names. */
  readonly sql: string
  readonly parameters: Readonly<Record<string, Parameter>>
}

/**
 * The whole of a dataset. Everything else derives from it: the struct that parses the JSON, the verdict, table DDL, both
 * layers' normalising SQL, routes.
 */
export type Dataset = {
  readonly name: string
  readonly topic: string
  readonly description: string
  readonly contract: z.ZodType
  /** The field with the event's time in epoch ms: the first part of every version. It may lie this far ahead of the log's clock. */
  readonly time: { readonly path: string; readonly aheadMsMax: number }
  readonly tables: Readonly<Record<string, Table>>
  readonly queries: Readonly<Record<string, NamedQuery>>
}
