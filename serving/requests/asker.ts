import { isIPv4, isIPv6 } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { keyNameOf } from '../http/api-keys.ts'
import type { ApiKey } from '../http/api-keys.ts'
import type { Asker } from './query-gate.ts'

/**
 * Returns who sends a request: the name of the API key if keys are required, else the address of the connection,
 * whatever headers of a proxy say. One machine has many IPv6 addresses, so all addresses of one network count as one
 * caller.
 */
export function askerOf(request: FastifyRequest, reply: FastifyReply, apiKeys: readonly ApiKey[] | null): Asker {
  const caller = apiKeys === null ? networkOf(request.ip) : (keyNameOf(request, apiKeys) ?? '')
  return { caller, gone: callerGone(reply) }
}

/**
 * Aborts when the connection ends before the answer does. The request's own signal will not do: it aborts when the body
 * has been read.
 */
function callerGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort()
  })
  return gone.signal
}

/** Returns an IPv4 address as it is, and the first four groups of an IPv6 address. */
export function networkOf(address: string): string {
  const mapped = address.replace(/^::ffff:/i, '')
  if (isIPv4(mapped) || !isIPv6(address)) return mapped
  const [head = '', tail] = address.replace(/%.*$/, '').split('::')
  const [first, last] = [head, tail ?? ''].map((part) => part.split(':').filter((group) => group !== ''))
  const zeros = Array.from({ length: 8 - (first?.length ?? 0) - (last?.length ?? 0) }, () => '0')
  return `${[...(first ?? []), ...zeros, ...(last ?? [])].slice(0, 4).join(':')}::/64`
}
