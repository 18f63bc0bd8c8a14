import { forgetKey, heldKey, untilKeyGiven } from './api-key.ts'
import type { Answer, Api, DatasetInfo, Status, Values } from './page.ts'

/** In a statement; one-based. */
export type Position = { readonly line: number; readonly column: number }

/** `AWAY`: nobody answered. Every other code is the service's own. */
export class ApiProblem extends Error {
  readonly status: number
  readonly code: string
  /** Where in the statement, where it is the statement's fault and the service knows. */
  readonly position: Position | null

  constructor(code: string, message: string, status: number, position: Position | null = null) {
    super(message)
    this.name = 'ApiProblem'
    this.code = code
    this.status = status
    this.position = position
  }
}

/** What people read of an error. */
export function problemText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Asks for a key where the service wants one, and goes on with it. */
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

/** Of one dataset. What is asked ends with `pageSignal`, or with a signal of its own. */
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

/** With its question mark; nothing where there are none. */
export function queryText(values: Values): string {
  const text = new URLSearchParams(Object.entries(values)).toString()
  return text === '' ? '' : `?${text}`
}
