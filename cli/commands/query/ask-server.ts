import { AppError } from '../../../schemas/errors.ts'
import { z } from 'zod'

export type ServerRequest = {
  readonly url: string
  /** The path below the server's address, with its query string. */
  readonly path: string
  /** Sent as JSON with POST; undefined for a GET. */
  readonly body?: unknown
  readonly accept: string
  readonly apiKey: string | undefined
  readonly signal: AbortSignal
}

const Problem = z.object({ title: z.string(), code: z.string().optional(), detail: z.string().optional() })

/**
 * Asks a running server. Throws the server's error with its text, or an error that names a server that does not answer.
 */
export async function askServer({ url, path, body, accept, apiKey, signal }: ServerRequest): Promise<Response> {
  const response = await send(addressOf(url, path), {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      accept,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal,
  })
  if (response.ok) return response
  const text = await response.text()
  const problem = Problem.safeParse(parseJson(text))
  const says = problem.success
    ? `${problem.data.title}: ${problem.data.detail ?? ''}`
    : `${response.status} ${response.statusText}`
  throw new AppError(
    response.status === 400 || response.status === 404 ? 'REQUEST_INVALID' : 'NOT_READY',
    `${url} says ${says}`,
  )
}

function addressOf(url: string, path: string): URL {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new AppError('USAGE', `--url: expected http://host:port, got ${url}`)
  return new URL(`${url.replace(/\/+$/, '')}${path}`)
}

async function send(address: URL, request: RequestInit): Promise<Response> {
  try {
    return await fetch(address, request)
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'AbortError') throw cause
    const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause)
    throw new AppError(
      'NOT_READY',
      `${address.origin} does not answer (${reason}): is a server running there? \`tidemark start\` runs one`,
      { cause },
    )
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
