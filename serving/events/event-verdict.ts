import { setTimeout as delay } from 'node:timers/promises'
import { Deferred } from '../../schemas/async/deferred.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { isOutOfMemory } from '../../schemas/ports/engine.ts'
import type { Prepared, Session } from '../../schemas/ports/engine.ts'
import { areFew, columnsOfRecords, incomingColumns, listedRecordsSql } from '../../schemas/sql/incoming-records.ts'
import type { IncomingRecord } from '../../schemas/sql/incoming-records.ts'
import { createStagedSql, emptySql, stageEvents } from '../../schemas/sql/stage-events.ts'
import { stageGoodSql } from '../../schemas/sql/stage-sql.ts'

/**
 * Statements start at least this far apart: a body that comes alone is judged at once, many bodies are judged together.
 */
const intervalMs = 10
/** Lines of several bodies are judged in one statement up to this size. */
const statementBytesMax = 8 * 1024 * 1024

export type VerdictTime = {
  readonly now: () => number
  /** Whether the log stamps records when they are appended. Read again before each statement. */
  readonly hasLogTime: () => Promise<boolean>
}

type Asked = { readonly lines: readonly Uint8Array[]; readonly answer: Deferred<Rejections> }
type Rejections = readonly { readonly index: number; readonly reason: string }[]

/** Judges lines by the one verdict, before they are appended. */
export interface Verdict {
  rejections(lines: readonly Uint8Array[]): Promise<Rejections>
}

/**
 * Judges lines before they are appended, with the SQL that the layers run, so that they will give the same verdict.
 * Lines that come while a statement runs are judged together by the next one.
 */
export class EventVerdict implements Verdict {
  readonly #session: Session
  readonly #dataset: DefinedDataset
  readonly #now: () => number
  readonly #hasLogTime: () => Promise<boolean>
  readonly #incoming: string
  readonly #staged: string
  readonly #asked: Asked[] = []
  /** Kept, because most of a statement's cost for few lines is its planning. It reads no table, so it is never outdated. */
  #cheapTest: Prepared | null = null
  #isJudging = false
  #lastStart = Number.NEGATIVE_INFINITY

  /** No other part may use the session. Call `open` first. */
  constructor(dataset: DefinedDataset, session: Session, { now, hasLogTime }: VerdictTime) {
    this.#session = session
    this.#dataset = dataset
    this.#now = now
    this.#hasLogTime = hasLogTime
    this.#incoming = `judged_${dataset.name}`
    this.#staged = `judged_${dataset.name}_staged`
  }

  async open(): Promise<void> {
    await this.#session.run(`CREATE TEMP TABLE ${this.#incoming} (${incomingColumns(this.#dataset)})`)
    await this.#session.run(createStagedSql(this.#dataset, { source: this.#incoming, staged: this.#staged }))
  }

  async rejections(lines: readonly Uint8Array[]): Promise<Rejections> {
    if (lines.length === 0) return []
    const answer = new Deferred<Rejections>()
    this.#asked.push({ lines, answer })
    if (!this.#isJudging) void this.#judgeAll()
    return await answer.promise
  }

  async #judgeAll(): Promise<void> {
    this.#isJudging = true
    while (this.#asked.length > 0) {
      const waitMs = this.#lastStart + intervalMs - performance.now()
      if (waitMs > 0) await delay(waitMs)
      this.#lastStart = performance.now()
      const asked = this.#takeAsked()
      await this.#judge(asked).catch((error: unknown) => {
        for (const { answer } of asked) answer.reject(error)
      })
    }
    this.#isJudging = false
  }

  /** Takes as many waiting requests as fit into one statement, at least one. */
  #takeAsked(): readonly Asked[] {
    let bytes = 0
    const end = this.#asked.findIndex(({ lines }) => {
      const isFirst = bytes === 0
      bytes += lines.reduce((sum, line) => sum + line.byteLength, 1)
      return !isFirst && bytes > statementBytesMax
    })
    return this.#asked.splice(0, end === -1 ? this.#asked.length : end)
  }

  async #judge(asked: readonly Asked[]): Promise<void> {
    const receivedMs = this.#now()
    const hasLogTime = await this.#hasLogTime()
    const records = asked
      .flatMap(({ lines }) => lines)
      .map((value, index) => ({
        partition: 0,
        offset: BigInt(index),
        timestamp: BigInt(receivedMs),
        hasLogTime,
        key: null,
        value,
      }))
    const rows = (await this.#areGood(records, receivedMs)) ? [] : await this.#faults(records, receivedMs)
    let first = 0
    for (const one of asked) {
      const next = first + one.lines.length
      one.answer.resolve(
        rows
          .map(({ index, reason }) => ({ index: Number(index), reason: String(reason) }))
          .filter(({ index }) => index >= first && index < next)
          .map(({ index, reason }) => ({ index: index - first, reason })),
      )
      first = next
    }
  }

  /** True if there are few records, and the cheap test accepts all of them. */
  async #areGood(records: readonly IncomingRecord[], receivedMs: number): Promise<boolean> {
    if (!areFew(records)) return false
    this.#cheapTest ??= await this.#session.prepare(
      `SELECT count(reason) AS unknown FROM (${stageGoodSql(this.#dataset, listedRecordsSql(this.#dataset))})`,
    )
    try {
      const [counted] = await this.#cheapTest.rows(columnsOfRecords(this.#dataset, records, receivedMs))
      return counted?.['unknown'] === 0n
    } catch (error) {
      if (!isOutOfMemory(error)) throw error
      return false
    }
  }

  async #faults(records: readonly IncomingRecord[], receivedMs: number): ReturnType<Session['rows']> {
    await this.#clear()
    await this.#session.append(this.#incoming, columnsOfRecords(this.#dataset, records, receivedMs))
    await stageEvents(this.#session, {
      dataset: this.#dataset,
      source: this.#incoming,
      staged: this.#staged,
      recordCount: records.length,
    })
    const rows = await this.#session.rows(
      `SELECT _offset AS index, reason FROM ${this.#staged} WHERE reason IS NOT NULL ORDER BY _offset`,
    )
    await this.#clear()
    return rows
  }

  /** Also removes rows that a failed statement has left. */
  async #clear(): Promise<void> {
    for (const table of [this.#incoming, this.#staged]) await this.#session.run(emptySql(table))
  }
}
