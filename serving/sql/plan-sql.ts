import { z } from 'zod'
import type { FeedAnswer, NamedQuery, Parameter } from '../../schemas/declare/dataset.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import type { Cell } from '../../schemas/ports/engine.ts'
import { AppError, hasCode } from '../../schemas/errors.ts'
import { sqlPlace } from '../../schemas/declare/load-sql.ts'
import type { SqlPosition } from '../../schemas/declare/load-sql.ts'
import { panelColumns } from '../../schemas/declare/panel-columns.ts'
import { ident } from '../../schemas/sql/sql-text.ts'
import { findQuery } from '../requests/find-named.ts'
import { parameterCells } from '../requests/parameters.ts'
import type { Reader } from '../replica/reader.ts'

const limits = { rowsMax: 1, bytesMax: 1_000_000, timeoutMs: 5_000 } as const

/** Errors that the engine finds while planning, before it reads a row, so no caller's value causes them. */
const planning = /^(Binder|Catalog|Parser|Not implemented) Error/

type Params = Readonly<Record<string, Cell>>

/**
 * Runs all SQL that a dataset declares, as callers would: queries without parameters and with all of them, counts,
 * feeds, panels, filters and examples. The tables of `reader` should be empty. Returns a DATASET_FAULTY for each faulty
 * place, with the engine's error; what only uses a faulty statement has none of its own. If the statement was read from a
 * file, `details.file` names it, with line and column if they are known.
 */
export async function planSql(dataset: DefinedDataset, reader: Pick<Reader, 'read'>): Promise<readonly AppError[]> {
  const plan = new Plan(dataset, reader)
  const { generator } = dataset
  if (generator !== undefined) await plan.at('the generator', async () => parameterCells(generator, new Map()))
  for (const [name, { table, where, naive }] of Object.entries(dataset.counts)) {
    await plan.at(`the count ${name}`, async () => {
      for (const counted of [{ table, where }, naive])
        await plan.columns(`SELECT count(*) FROM ${ident(counted.table)} WHERE ${counted.where}`, {})
    })
  }
  for (const [name, query] of Object.entries(dataset.queries))
    await plan.at(`the query ${name}`, () => plan.query(query))
  for (const [name, { answers }] of Object.entries(dataset.feeds))
    for (const [answer, declared] of Object.entries(answers))
      await plan.at(`${answer} of the feed ${name}`, () => plan.answer(declared))
  for (const panel of dataset.panels) {
    await plan.at(`the panel ${panel.title}`, async () => {
      const answer = dataset.feeds[panel.feed]?.answers[panel.answer]
      if (answer !== undefined) requireColumns(await plan.answer(answer), panelColumns(panel))
    })
  }
  for (const [name, { suggest }] of Object.entries(dataset.filters)) {
    if (suggest === undefined) continue
    await plan.at(`the filter ${name}`, async () => requireColumns(await plan.answer(suggest), [suggest.column]))
  }
  for (const { title, sql } of dataset.examples ?? [])
    await plan.at(`the example ${title}`, () => plan.columns(sql, {}))
  return plan.faults
}

/** Runs the queries that use stream time, which is null until the first event. Returns what `planSql` does. */
export async function planTimedSql(
  dataset: DefinedDataset,
  reader: Pick<Reader, 'read'>,
): Promise<readonly AppError[]> {
  const plan = new Plan(dataset, reader)
  for (const [name, query] of Object.entries(dataset.queries))
    if (query.sql.includes('$stream_time')) await plan.at(`the query ${name}`, () => plan.query(query))
  return plan.faults
}

class Plan {
  readonly faults: AppError[] = []
  readonly #dataset: DefinedDataset
  readonly #reader: Pick<Reader, 'read'>
  /** Columns of statements that ran before: feeds and panels use the same queries. */
  readonly #known = new Map<string, readonly string[]>()
  /** Errors of statements that ran before and are among the faults. */
  readonly #failed = new Map<string, unknown>()
  /** By error, the statement that caused it. */
  readonly #statements = new Map<unknown, string>()

  constructor(dataset: DefinedDataset, reader: Pick<Reader, 'read'>) {
    this.#dataset = dataset
    this.#reader = reader
  }

  async at(place: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (cause) {
      if (this.faults.some((fault) => fault.cause === cause) || isConsequence(cause)) return
      const sql = this.#statements.get(cause)
      const file = sql === undefined ? null : sqlPlace(sql, positionOf(cause))
      const details = file === null ? {} : { file }
      this.faults.push(
        new AppError('DATASET_FAULTY', `${this.#dataset.name}: ${place}: ${told(cause)}`, { cause, details }),
      )
    }
  }

  async query(query: NamedQuery): Promise<void> {
    await this.columns(query.sql, parameterCells(query, new Map()))
    const given = Object.entries(query.parameters).filter(([, parameter]) => parameter.default === undefined)
    try {
      const values = new Map(given.map(([name, parameter]) => [name, sampleOf(parameter)]))
      await this.columns(query.sql, parameterCells(query, values))
    } catch (error) {
      // An error that the sample value causes at run time is not a fault of the statement.
      if (error instanceof Error && planning.test(error.message)) throw error
    }
  }

  async answer({ query: name, parameters = {} }: FeedAnswer): Promise<readonly string[]> {
    const query = findQuery(this.#dataset, name)
    return await this.columns(query.sql, parameterCells(query, new Map(Object.entries(parameters))))
  }

  /**
   * Returns the columns of the answer. A statement that runs into its time-out has been planned, so it is not faulty.
   */
  async columns(sql: string, params: Params): Promise<readonly string[]> {
    const name = JSON.stringify([sql, Object.entries(params).map(([key, cell]) => [key, typeof cell, String(cell)])])
    const known = this.#known.get(name)
    if (known !== undefined) return known
    if (this.#failed.has(name)) throw this.#failed.get(name)
    const asked = { sql, params, view: 'merged', dataset: this.#dataset.name, after: new Map(), ...limits } as const
    try {
      const found = (await this.#reader.read(asked)).columns.map((column) => column.name)
      this.#known.set(name, found)
      return found
    } catch (error) {
      if (hasCode(error, 'QUERY_TIMEOUT') || hasCode(error, 'QUERY_CAP_EXCEEDED')) return []
      this.#failed.set(name, error)
      this.#statements.set(error, sql)
      throw error
    }
  }
}

/** A statement may break the engine, which is its fault and not that of the next ones. */
function isConsequence(error: unknown): boolean {
  return error instanceof Error && error.message.includes('database has been invalidated')
}

const Place = z.object({ position: z.object({ line: z.number(), column: z.number() }) })

/** Returns the engine's error on one line; its drawing of the place becomes the position in the statement. */
function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const text = (error.message.split(/\s*\nLINE \d+: /, 1)[0] ?? '').replaceAll('\n', ' ')
  const position = positionOf(error)
  return position === null ? text : `${text} (line ${position.line}, column ${position.column})`
}

function positionOf(error: unknown): SqlPosition | null {
  const place = Place.safeParse(error instanceof AppError ? error.details : {})
  return place.success ? place.data.position : null
}

function requireColumns(columns: readonly string[], shown: readonly string[]): void {
  const missing = shown.find((column) => columns.length > 0 && !columns.includes(column))
  if (missing !== undefined) throw new TypeError(`its answer has no column ${missing}, it has ${columns.join(', ')}`)
}

/** Returns a value that a caller could give. */
function sampleOf({ type, minimum = 1, choices = [] }: Parameter): string {
  switch (type) {
    case 'text':
      return 'x'
    case 'integer':
    case 'number':
      return String(minimum)
    case 'timestamp':
      return '2017-03-19T12:30:00Z'
    case 'duration':
      return `${minimum}ms`
    case 'timezone':
      return 'UTC'
    case 'choice':
      return choices[0] ?? ''
  }
}
