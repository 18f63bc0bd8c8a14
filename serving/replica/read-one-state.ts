import type { DuckDBConnection } from '@duckdb/node-api'
import { isoTime } from '../../schemas/formats/stream-time.ts'
import type { ReplicaState } from '../../schemas/ports/speed-layer.ts'
import { decodeState, stateTable } from '../../schemas/sql/state-table.ts'
import { jsonBytes } from './json-values.ts'
import { isPositional } from './reader.ts'
import type { ReadRequest, TogetherAnswer, TogetherRequest } from './reader.ts'
import { runStatement } from './run-statement.ts'

type Running = {
  readonly request: TogetherRequest
  /** A time of `performance.now()`. */
  readonly deadline: number
  /** The errors of failed statements, by their place. They are not run again. */
  readonly failed: Map<number, unknown>
}

type OneState = {
  readonly answers: TogetherAnswer['answers']
  readonly states: ReadonlyMap<string, ReplicaState>
}

/**
 * Reads all answers in one transaction. A failed statement may have ended the transaction, so the others are run again
 * in a new one.
 */
export async function readOneState(
  connection: DuckDBConnection,
  { names, ...asked }: Omit<Running, 'failed'> & { readonly names: readonly string[] },
): Promise<OneState> {
  const failed = new Map<number, unknown>()
  for (;;) {
    await connection.run('BEGIN TRANSACTION READ ONLY')
    const states = await readStates(connection, names)
    const answers = await runStatements(connection, { ...asked, failed }, states)
    if (answers !== null) {
      await connection.run('COMMIT')
      return { answers, states }
    }
    const { statements, signal } = asked.request
    if (failed.size === statements.length || signal?.aborted === true) throw [...failed.values()][0]
    await connection.run('ROLLBACK')
  }
}

/**
 * Runs the statements one after the other; each may return as many bytes as the earlier ones have left. Returns null
 * when a statement fails that had not failed before.
 */
async function runStatements(
  connection: DuckDBConnection,
  { request, deadline, failed }: Running,
  states: ReadonlyMap<string, ReplicaState>,
): Promise<TogetherAnswer['answers'] | null> {
  const { statements, dataset, rowsMax, signal } = request
  const answers: TogetherAnswer['answers'][number][] = []
  let bytesMax = request.bytesMax
  for (const [i, { sql, params }] of statements.entries()) {
    if (failed.has(i)) {
      answers.push({ error: failed.get(i) })
      continue
    }
    const leftMs = Math.max(1, deadline - performance.now())
    // A statement that takes too long leaves half of the time to the others.
    const timeoutMs = failed.size + 1 < statements.length ? leftMs / 2 : leftMs
    try {
      const answer = await runStatement(connection, {
        sql,
        params: boundParams({ sql, params, dataset }, states),
        rowsMax,
        bytesMax,
        timeoutMs,
        ...(signal === undefined ? {} : { signal }),
      })
      answers.push(answer)
      if (i + 1 < statements.length) bytesMax -= answer.rows.reduce((bytes, row) => bytes + jsonBytes(row), 0)
    } catch (error) {
      failed.set(i, error)
      return null
    }
  }
  return answers
}

/** `$stream_time` in a named query is its dataset's stream time, in the same state as the rows. */
function boundParams(
  { sql, params, dataset }: Pick<ReadRequest, 'sql' | 'params' | 'dataset'>,
  states: ReadonlyMap<string, ReplicaState>,
): ReadRequest['params'] {
  if (dataset === null || isPositional(params) || !/\$stream_time\b/.test(sql)) return params
  return { ...params, stream_time: isoTime(states.get(dataset)?.streamTime ?? null) }
}

/** Reads the states in the reader's own transaction, so that they belong to the rows. */
async function readStates(
  connection: DuckDBConnection,
  names: readonly string[],
): Promise<ReadonlyMap<string, ReplicaState>> {
  const selects = names.map((name) => `SELECT '${name}' AS name, state FROM ${stateTable(name)}`)
  const rows = (await connection.runAndReadAll(selects.join(' UNION ALL '))).getRowsJS()
  return new Map(rows.map(([name, state]) => [textOf(name), decodeState(textOf(state))]))
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
