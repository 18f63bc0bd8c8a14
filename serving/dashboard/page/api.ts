import { forgetKey, heldKey, untilKeyGiven } from './api-key.ts'
import type { Answer, Api, DatasetInfo, Status, Values } from './page.ts'

/** A place in a statement, counted from 1. */
export type Position = { readonly line: number; readonly column: number }

/** The code is `AWAY` if the service did not answer. All other codes are the service's own. */
export class ApiProblem extends Error {
  readonly status: number
  readonly code: string
  /** The place of the error in the statement; null if the service does not know it. */
  readonly position: Position | null

  constructor(code: string, message: string, status: number, position: Position | null = null) {
    super(message)
    this.name = 'ApiProblem'
    this.code = code
    this.status = status
    this.position = position
  }
}

/** Returns the text of an error for people. */
export function problemText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Sends a request. If the service requires a key, asks for one and sends the request again. */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  for (;;) {
    const response = await answerOf(path, init)
    if (response.status === 401) {
      forgetKey()
      await untilKeyGiven()
    } else if (response.ok) return response
    else throw await problemOf(response)
  }
}

async function answerOf(path: string, init: RequestInit): Promise<Response> {
  const key = heldKey()
  const headers = new Headers(init.headers)
  if (key !== null) headers.set('authorization', `Bearer ${key}`)
  try {
    return await fetch(path, { ...init, headers })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiProblem('AWAY', 'The service does not answer.', 0)
  }
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const body: { code?: string; detail?: string; position?: Position } = await response.json().catch(() => ({}))
  const { code = 'INTERNAL', detail = `HTTP ${response.status}`, position = null } = body
  return new ApiProblem(code, detail, response.status, position)
}

export async function loadDatasets(): Promise<readonly DatasetInfo[]> {
  const answer: { datasets: readonly DatasetInfo[] } = await (await request('/v1/datasets')).json()
  return answer.datasets
}

export async function loadStatus(signal: AbortSignal): Promise<Status> {
  return (await request('/v1/status', { signal })).json()
}

/** Requests about one dataset. Each is aborted by `pageSignal` and by its own signal. */
export function apiOf(dataset: string, pageSignal: AbortSignal): Api {
  const within = (signal?: AbortSignal | null) =>
    signal === undefined || signal === null ? pageSignal : AbortSignal.any([pageSignal, signal])
  const ask = async (path: string, init: RequestInit): Promise<Answer> =>
    (await request(path, { ...init, signal: within(init.signal) })).json()
  const read = (path: string, parameters: Values, signal?: AbortSignal) =>
    ask(`/v1/${dataset}/${path}${queryText(parameters)}`, signal === undefined ? {} : { signal })
  return {
    query: (name, parameters = {}, signal) => read(`queries/${name}`, parameters, signal),
    table: (name, parameters = {}, signal) => read(`tables/${name}`, parameters, signal),
    sql: (asked, signal) =>
      ask('/v1/sql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(asked),
        ...(signal === undefined ? {} : { signal }),
      }),
    fetch: (path, init = {}) => request(path, { ...init, signal: within(init.signal) }),
  }
}

/** Returns the query string with its question mark, or an empty text if there are no values. */
export function queryText(values: Values): string {
  const text = new URLSearchParams(Object.entries(values)).toString()
  return text === '' ? '' : `?${text}`
}
