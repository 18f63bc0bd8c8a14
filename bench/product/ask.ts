import { z } from 'zod'

/** Positions by `topic/partition`, as a query takes them in `after`. */
export type After = Readonly<Record<string, string>>

const Posted = z.object({ offsets: z.record(z.string(), z.object({ next: z.string() })) })

/** Posts lines of events. Returns the positions behind them. */
export async function postEvents(url: string, dataset: string, lines: readonly Uint8Array[]): Promise<After> {
  const headers = { 'content-type': 'application/x-ndjson' }
  const body = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]))
  const answer = await textOf(await fetch(`${url}/v1/${dataset}/events`, { method: 'POST', headers, body }))
  const { offsets } = Posted.parse(JSON.parse(answer))
  return Object.fromEntries(Object.entries(offsets).map(([partition, { next }]) => [partition, next]))
}

export async function askSql(url: string, sql: string, after: After = {}): Promise<string> {
  const body = JSON.stringify({ sql, after })
  return await textOf(
    await fetch(`${url}/v1/sql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body }),
  )
}

/** Returns the text of an answer. Throws if it is an error. */
async function textOf(answer: Response): Promise<string> {
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${answer.status} of ${answer.url}: ${text}`)
  return text
}

/** Asks a query in `path`, such as `rsvp/queries/lookup?limit=1`. */
export async function askNamed(url: string, path: string, after: After = {}): Promise<string> {
  const asked = new URL(`${url}/v1/${path}`)
  if (Object.keys(after).length > 0) asked.searchParams.set('after', JSON.stringify(after))
  return await textOf(await fetch(asked))
}
