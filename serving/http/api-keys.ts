import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../../schemas/errors.ts'

/** The name appears in logs. Of the key, only the digest is kept. */
export type ApiKey = { readonly name: string; readonly digest: Buffer }

const keyLengthMin = 16

/**
 * Reads lines of `name key`; `#` starts a comment. Throws CONFIG_INVALID with the number of every faulty line, never
 * with a key.
 */
export function loadApiKeys(text: string): readonly ApiKey[] {
  const lines = text
    .split(/\r?\n/)
    .map((line, i) => ({ number: i + 1, words: line.replace(/#.*$/, '').split(/\s+/).filter(Boolean) }))
    .filter(({ words }) => words.length > 0)
  const names = lines.map(({ words }) => words[0])
  const faults = lines.flatMap(({ number, words: [name, key, ...rest] }, i) => {
    if (key === undefined || rest.length > 0) return [`line ${number}: expected a name and a key`]
    if (key.length < keyLengthMin) return [`line ${number}: the key has fewer than ${keyLengthMin} characters`]
    return names.indexOf(name) === i ? [] : [`line ${number}: ${name} has a key already`]
  })
  if (lines.length === 0) faults.push('no line holds a key')
  if (faults.length > 0) throw new AppError('CONFIG_INVALID', `API keys: ${faults.join('; ')}.`)
  return lines.map(({ words: [name = '', key = ''] }) => ({ name, digest: digestOf(key) }))
}

/** Open without a key. The dashboard's files hold no data; the page asks for the key first. */
const openRoutes: readonly (string | undefined)[] = ['/livez', '/readyz', '/', '/assets/:file']

/** A caller without a key learns only whether the process lives and is ready. Call it before the routes. */
export function requireApiKeys(app: FastifyInstance, keys: readonly ApiKey[]): void {
  app.addHook('onRequest', async (request) => {
    if (openRoutes.includes(request.routeOptions.url)) return
    const name = keyNameOf(request, keys)
    if (name === null) {
      throw new AppError('UNAUTHORIZED', 'Send a key as `Authorization: Bearer KEY` or as `X-Api-Key: KEY`.')
    }
    request.log.debug({ key: name, request_id: request.id, url: request.url }, 'A key was used.')
  })
}

/** Returns null if the request has none of the keys. */
export function keyNameOf(request: FastifyRequest, keys: readonly ApiKey[]): string | null {
  return keyName(keys, givenKey(request))
}

function givenKey({ headers }: FastifyRequest): string {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  return bearer ?? [headers['x-api-key']].flat()[0] ?? ''
}

/** Takes the same time for every key, known or not, so that the time tells nothing about the keys. */
function keyName(keys: readonly ApiKey[], given: string): string | null {
  const digest = digestOf(given)
  return keys.reduce<string | null>((found, key) => (timingSafeEqual(key.digest, digest) ? key.name : found), null)
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}
