import { z } from 'zod'
import type { Session } from '../../schemas/ports/engine.ts'
import { readTables } from '../oracle/read-tables.ts'
import type { Tables } from '../oracle/rows.ts'

const Value = z.union([z.string(), z.number(), z.boolean(), z.null()])
const Row = z.record(z.string(), Value)
const AsOf = z.object({
  generation: z.number(),
  tidemark: z.record(z.string(), z.string()),
  speed: z.record(z.string(), z.string()),
  lost: z.record(z.string(), z.array(z.array(z.string()))).optional(),
  stream_time: z.string().nullable(),
})
const Answer = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  rows: z.array(Row),
  truncated: z.boolean(),
  next_cursor: z.string().nullish(),
  as_of: z.object({ view: z.string(), datasets: z.record(z.string(), AsOf) }),
})
export type Answer = z.infer<typeof Answer>

/** `{"rsvp/0":"1542"}` */
export type After = Readonly<Record<string, string>>

export async function askSql(
  url: string,
  sql: string,
  options: { readonly after?: After; readonly view?: string } = {},
): Promise<Answer> {
  const body = JSON.stringify({ sql, max_rows: 100_000, ...options })
  const answer = await fetch(`${url}/v1/sql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return Answer.parse(await okJson(answer))
}

export async function askGet(url: string, path: string): Promise<Answer> {
  return Answer.parse(await okJson(await fetch(`${url}${path}`)))
}

/** Returns all rows of a table, read page by page. */
export async function pageThrough(url: string, table: string, limit: number): Promise<Answer['rows']> {
  const rows: Answer['rows'] = []
  let cursor: string | null = null
  do {
    const place: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const page = await askGet(url, `/v1/rsvp/tables/${table}?limit=${limit}${place}`)
    rows.push(...page.rows)
    cursor = page.next_cursor ?? null
  } while (cursor !== null)
  return rows
}

const Posted = z.object({
  accepted: z.number(),
  rejected: z.number(),
  offsets: z.record(z.string(), z.object({ first: z.string(), next: z.string() })),
})

const Problem = z.object({ code: z.string() })

/** The positions after the posted events, or why the events were not taken. */
export type Posting =
  | { readonly isTaken: true; readonly accepted: number; readonly rejected: number; readonly after: After }
  | { readonly isTaken: false; readonly status: number; readonly code: string }

export async function postEvents(url: string, body: string | Buffer<ArrayBuffer>): Promise<Posting> {
  const headers = { 'content-type': 'application/x-ndjson' }
  const answer = await fetch(`${url}/v1/rsvp/events`, { method: 'POST', headers, body })
  const answered: unknown = await answer.json()
  if (!answer.ok) return { isTaken: false, status: answer.status, code: Problem.parse(answered).code }
  const { offsets, ...counts } = Posted.parse(answered)
  const after = Object.fromEntries(Object.entries(offsets).map(([name, { next }]) => [name, next]))
  return { isTaken: true, ...counts, after }
}

/** Posts lines, which must be taken. Returns the positions that a read passes as `after`. */
export async function appendEvents(
  url: string,
  body: string | Buffer<ArrayBuffer>,
): Promise<Extract<Posting, { isTaken: true }>> {
  const posted = await postEvents(url, body)
  if (!posted.isTaken) throw new Error(`events were refused: ${posted.status} ${posted.code}`)
  return posted
}

const Ready = z.object({
  ready: z.boolean(),
  waiting_for: z.record(z.string(), z.string()),
  notes: z.record(z.string(), z.string()),
})

export async function readiness(url: string): Promise<z.infer<typeof Ready> & { readonly status: number }> {
  const answer = await fetch(`${url}/readyz`)
  return { ...Ready.parse(await answer.json()), status: answer.status }
}

/** Returns all tables as the service answers ad-hoc SQL, to compare with the recount. */
export async function servedTables(
  url: string,
  { after, schema = 'rsvp' }: { readonly after: After; readonly schema?: string },
): Promise<Tables> {
  const rows: Session['rows'] = async (sql) => {
    const answer = await askSql(url, sql, { after })
    if (answer.truncated) throw new Error(`more rows than an answer holds: ${sql}`)
    const integers = new Set(answer.columns.filter(({ type }) => type === 'BIGINT').map(({ name }) => name))
    return answer.rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name,
          value !== null && integers.has(name) ? BigInt(value) : value,
        ]),
      ),
    )
  }
  return await readTables(
    { rows, run: unused, prepare: unused, append: unused, transaction: unused, interrupt() {}, close() {} },
    schema,
  )
}

async function unused(): Promise<never> {
  throw new TypeError('tables are read with SELECT alone')
}

async function okJson(answer: Response): Promise<unknown> {
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${answer.status} of ${answer.url}: ${text}`)
  return JSON.parse(text)
}
