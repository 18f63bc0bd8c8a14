import { z } from 'zod'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import type { Cell } from '../../schemas/ports/engine.ts'
import { AppError } from '../../schemas/errors.ts'
import { noAfter, parseAfter } from './after.ts'
import type { Read } from './answer-reads.ts'
import { parseExactJson } from './exact-json.ts'
import { views } from '../replica/reader.ts'

export type SqlLimits = { readonly rowsMax: number; readonly queryTimeoutMs: number }

/** Parses the body of an ad-hoc statement. The error names all faults at once. */
export function parseSqlRequest(body: Uint8Array, datasets: readonly DefinedDataset[], limits: SqlLimits): Read {
  const parsed = sqlRequest(limits).safeParse(parseJson(body))
  if (!parsed.success) throw new AppError('REQUEST_INVALID', `body: ${z.prettifyError(parsed.error)}`)
  const { sql, params, view, after, max_rows: rowsMax, timeout_ms: timeoutMs } = parsed.data
  return {
    sql,
    params: params.map(toCell),
    view,
    dataset: null,
    after: after === undefined ? noAfter : parseAfter(after, datasets),
    rowsMax,
    timeoutMs,
  }
}

const Param = z.union([z.string(), z.number(), z.bigint().meta({ type: 'integer' }), z.boolean(), z.null()], {
  error: 'expected a text, a number, true, false or null; a number that is too long to be exact is sent as a text',
})

/** Returns the schema of the request as JSON Schema, which cannot say bigint. */
export function sqlRequestSchema(limits: SqlLimits): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(sqlRequest(limits), { io: 'input', unrepresentable: 'any' })
}

function sqlRequest({ rowsMax, queryTimeoutMs }: SqlLimits) {
  return z.strictObject({
    sql: z.string().min(1).describe('One SELECT statement. DATASET.TABLE is a table of a dataset.'),
    params: z
      .array(Param)
      .max(1000)
      .default([])
      .describe('Values for ? or $1, in order. Whole numbers are exact up to 128 bits, others are DOUBLEs.'),
    view: z.enum(views).default('merged').describe('The view of tables that are named without a schema.'),
    after: z
      .unknown()
      .meta({ type: 'object' })
      .optional()
      .describe('The offsets that a POST of events returned: the answer waits until it covers them.'),
    max_rows: z.int().min(1).max(rowsMax).default(rowsMax).describe('Beyond it the answer says truncated.'),
    timeout_ms: z.int().min(1).max(queryTimeoutMs).default(queryTimeoutMs),
  })
}

function parseJson(body: Uint8Array): unknown {
  try {
    return parseExactJson(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch (cause) {
    const message = 'body: not JSON. Expected an object such as {"sql": "SELECT 1"}.'
    throw new AppError('REQUEST_INVALID', message, { cause })
  }
}

/** JSON does not tell 5 from 5.0. A whole number becomes an integer, which LIMIT and ids need. */
function toCell(value: z.infer<typeof Param>): Cell {
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
}
