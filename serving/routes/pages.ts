import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../../schemas/errors.ts'
import { loadDashboard } from '../pages/dashboard-files.ts'
import type { Dashboard, DashboardFile } from '../pages/dashboard-files.ts'
import { docsPage } from '../pages/docs-page.ts'
import { openApi } from '../openapi/openapi.ts'
import type { Described } from '../openapi/openapi.ts'

/**
 * The dashboard runs and loads only files that this service serves. Script and style inside the page are forbidden as
 * well.
 */
const dashboardPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

/** `/` for people, and the OpenAPI document for programs. */
export async function pageRoutes(scope: FastifyInstance, described: Described): Promise<void> {
  const document = openApi(described)
  const docs = docsPage(document)
  let loaded: Dashboard | null = null
  // The dashboard need not be built for a server whose page nobody opens.
  const dashboard = (): Dashboard => (loaded ??= loadDashboard())

  scope.get('/', async (request, reply) => {
    reply.headers({ 'cache-control': 'no-cache', 'content-security-policy': dashboardPolicy })
    return sendFile(request, reply, dashboard().index)
  })
  scope.get<{ Params: { file: string } }>('/assets/:file', async (request, reply) => {
    const { file } = request.params
    const asset = dashboard().assets.get(file)
    if (asset === undefined) throw new AppError('NOT_FOUND', `There is no asset ${file}: load the page anew.`)
    reply.header('cache-control', 'public, max-age=31536000, immutable')
    return sendFile(request, reply, asset)
  })
  scope.get('/docs', async (_request, reply) =>
    reply
      .headers({ 'cache-control': 'no-cache', 'content-security-policy': docs.policy })
      .type('text/html; charset=utf-8')
      .send(docs.html),
  )
  scope.get('/openapi.json', async (_request, reply) => reply.header('cache-control', 'no-cache').send(document))
}

function sendFile(request: FastifyRequest, reply: FastifyReply, { type, body, brotli }: DashboardFile): FastifyReply {
  const isCompressed = /\bbr\b/.test(`${request.headers['accept-encoding']}`)
  if (isCompressed) reply.header('content-encoding', 'br')
  return reply
    .header('vary', 'accept-encoding')
    .type(type)
    .send(isCompressed ? brotli : body)
}
