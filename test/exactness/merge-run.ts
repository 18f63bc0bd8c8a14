import { openDuckDb } from '../../connectors/engine/duckdb-engine.ts'
import type { Session } from '../../schemas/ports/engine.ts'
import { columnsOfRecords, incomingColumns } from '../../schemas/sql/incoming-records.ts'
import { stageSql } from '../../schemas/sql/stage-sql.ts'
import { recountBy } from '../oracle/recount.ts'
import type { LoggedRecord } from '../oracle/recount.ts'
import type { TablesOf } from '../oracle/rows.ts'
import type { ArrivedLog } from './arrived-log.ts'
import { fingerprints, loadRecounts } from './fingerprints.ts'
import type { MergeRules } from './merge-rules.ts'
import type { Subject } from './subjects/subject.ts'
import { createToldViews, partitionsMax, readWorld } from './subjects/worlds.ts'

/** One world: what becomes of a log where the generation covers `cut` records. */
export type Plan = {
  /** Index of the log. */
  readonly log: number
  /** How many records the generation covers, in the order of the batch layer; at most up to the log's `end`. */
  readonly cut: number
  /** A micro-batch of the speed layer ends here, another at the log's `end`. */
  readonly split: number
  /** How many records the speed layer has read when the hand-over happens, at least up to the log's `end`. */
  readonly handedOverAt: number
  /** What the later generation covers, in the order of the batch layer; it may lie beyond what the speed layer has read. */
  readonly laterCut: number
}

export type Difference = {
  readonly plan: Plan
  readonly moment: 'before the hand-over' | 'after it'
  readonly actual: TablesOf
  readonly expected: TablesOf
}

export type MergeRun = {
  readonly subject: Subject
  readonly logs: readonly ArrivedLog[]
  readonly plans: readonly Plan[]
  readonly rules: MergeRules
}

/**
 * Lives through every plan on the merge rules in memory: generation, speed view, hand-over to a later generation while more
 * arrives. Answers where the merged view is not the recount: at most one plan per moment, the lowest.
 */
export async function differences(run: MergeRun): Promise<readonly Difference[]> {
  // A second thread takes half as much work again for the same result; two runs at once share the machine better.
  const engine = await openDuckDb({ memoryBytesMax: 2_000_000_000, threads: 1, spillFolder: '' })
  const session = await engine.connect()
  try {
    const worlds = new Worlds(session, run)
    await worlds.open()
    return await worlds.live()
  } finally {
    session.close()
    engine.close()
  }
}

const [gen, speed, nothing] = ['gen', 'speed', 'nothing'] as const

class Worlds {
  readonly #session: Session
  readonly #run: MergeRun

  constructor(session: Session, run: MergeRun) {
    this.#session = session
    this.#run = run
  }

  async open(): Promise<void> {
    const { rules, subject } = this.#run
    for (const schema of [gen, speed, nothing]) for (const sql of rules.create(schema)) await this.#session.run(sql)
    await this.#session.run('CREATE SCHEMA merged')
    for (const name of Object.keys(subject.tables)) {
      await this.#session.run(`CREATE VIEW merged."${name}" AS ${rules.merged(name, { speed, batch: gen })}`)
    }
    await createToldViews(this.#session, { ...subject, merged: 'merged', told: 'told' })
    await this.#arrive()
    await this.#plan()
  }

  async live(): Promise<readonly Difference[]> {
    const { logs, rules } = this.#run
    await this.#fold('archived < cut', { speed: gen, batch: nothing })
    await this.#fold('archived >= cut AND arrival < split', { speed, batch: gen })
    await this.#fold('archived >= cut AND arrival >= split AND arrival < "end"', { speed, batch: gen })
    const before = await this.#compare(
      'before the hand-over',
      logs.map(({ records, end }) => records.slice(0, end)),
    )
    await this.#fold('arrival >= "end" AND arrival < handed_over_at', { speed, batch: gen })
    // From here on `gen` is the later generation; nobody looks before the hand-over is through.
    await this.#fold('archived >= cut AND archived < later_cut', { speed: gen, batch: nothing })
    for (const sql of rules.handOver({ speed, batch: gen }, this.#tidemark())) await this.#session.run(sql)
    await this.#fold('archived >= later_cut AND arrival >= handed_over_at', { speed, batch: gen })
    return [
      ...before,
      ...(await this.#compare(
        'after it',
        logs.map(({ records }) => records),
      )),
    ]
  }

  /** Parses every record once; the worlds share what was parsed. */
  async #arrive(): Promise<void> {
    const arrived = this.#run.logs.flatMap(({ records, archived }, log) =>
      records.map((record, arrival) => ({ log, arrival, archived: archived[arrival] ?? 0, record })),
    )
    const { dataset } = this.#run.subject
    const received = arrived.map(({ log, record: { key = null, ...record } }) => {
      return { ...record, key, partition: log * partitionsMax + record.partition, hasLogTime: true }
    })
    await this.#session.run(
      `CREATE TEMP TABLE incoming (${incomingColumns(dataset)}, log INTEGER, arrival INTEGER, archived INTEGER)`,
    )
    await this.#session.append('incoming', [
      ...columnsOfRecords(dataset, received, 0),
      { type: 'INTEGER', cells: arrived.map(({ log }) => log) },
      { type: 'INTEGER', cells: arrived.map(({ arrival }) => arrival) },
      { type: 'INTEGER', cells: arrived.map((record) => record.archived) },
    ])
    await this.#session.run(`CREATE TEMP TABLE arrived AS SELECT s.*, i.log, i.arrival, i.archived
      FROM (${stageSql(dataset, 'incoming')}) s JOIN incoming i ON i."partition" = s._partition AND i."offset" = s._offset`)
    await this.#session.run(
      'CREATE TEMP TABLE staged AS SELECT * EXCLUDE (log, arrival, archived) FROM arrived WHERE false',
    )
  }

  async #plan(): Promise<void> {
    const { plans, logs } = this.#run
    const column = (of: (plan: Plan) => number) => ({ type: 'INTEGER' as const, cells: plans.map(of) })
    await this.#session.run(
      'CREATE TEMP TABLE plans (world INTEGER, log INTEGER, cut INTEGER, split INTEGER, "end" INTEGER, handed_over_at INTEGER, later_cut INTEGER)',
    )
    await this.#session.append('plans', [
      { type: 'INTEGER', cells: plans.map((_, world) => world) },
      column(({ log }) => log),
      column(({ cut }) => cut),
      column(({ split }) => split),
      column(({ log }) => logs[log]?.end ?? 0),
      column(({ handedOverAt }) => handedOverAt),
      column(({ laterCut }) => laterCut),
    ])
  }

  /** Folds the records that each world's plan says, as one micro-batch. */
  async #fold(chosen: string, target: { readonly speed: string; readonly batch: string }): Promise<void> {
    const { eventSql, tombstoneSql } = this.#run.subject.keys
    await this.#session.run('TRUNCATE staged')
    await this.#session.run(`INSERT INTO staged BY NAME
      SELECT a.* EXCLUDE (log, arrival, archived) REPLACE (
        (w.world * ${partitionsMax} + a._partition % ${partitionsMax})::INTEGER AS _partition,
        ${eventSql} AS event${tombstoneSql === undefined ? '' : `, ${tombstoneSql} AS tombstone`}
      ) FROM arrived a JOIN plans w ON a.log = w.log AND ${chosen}`)
    for (const sql of this.#run.rules.fold('staged', target)) await this.#session.run(sql)
  }

  #tidemark(): ReadonlyMap<number, bigint> {
    const tidemark = new Map<number, bigint>()
    for (const [world, { log, laterCut }] of this.#run.plans.entries()) {
      const { records = [], archived = [] } = this.#run.logs[log] ?? {}
      for (const [n, { partition, offset }] of records.entries()) {
        if ((archived[n] ?? 0) < laterCut) tidemark.set(world * partitionsMax + partition, offset + 1n)
      }
    }
    return tidemark
  }

  async #compare(
    moment: Difference['moment'],
    arrived: readonly (readonly LoggedRecord[])[],
  ): Promise<readonly Difference[]> {
    const { tables, createRecount } = this.#run.subject
    const recounts = arrived.map((records) => recountBy(createRecount, records))
    await loadRecounts(this.#session, 'expected', { tables, recounts })
    const expected = await fingerprints(this.#session, 'expected', tables)
    const actual = await fingerprints(this.#session, 'told', tables)
    const world = this.#run.plans.findIndex(({ log }, world) => actual.get(world) !== expected.get(log))
    const plan = this.#run.plans[world]
    if (plan === undefined) return []
    const [told, recounted] = [await readWorld(this.#session, { told: 'told', tables }, world), recounts[plan.log]]
    if (recounted === undefined) throw new TypeError(`there is no log ${plan.log}`)
    return [{ plan, moment, actual: told, expected: recounted }]
  }
}
