import type { FastifyInstance } from 'fastify'

/**
 * Headers for answers that are data: a browser runs nothing of them and shows them in no frame. Pages set a policy of
 * their own.
 */
const headers = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const

/** Call it before the routes. */
export function addSecurityHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers).header('request-id', request.id)
  })
}
