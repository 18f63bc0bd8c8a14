import type { FastifyReply } from 'fastify'

/** Aborts when the connection ends before the answer does. The request's own signal aborts once its body is read. */
export function callerGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort()
  })
  return gone.signal
}
