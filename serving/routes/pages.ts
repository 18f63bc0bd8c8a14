import type { FastifyInstance, FastifyReply } from 'fastify'
import { docsPage } from '../docs-page.ts'
import { homePage } from '../home-page.ts'
import { openApi } from '../openapi.ts'
import type { ServerDeps } from '../server-deps.ts'

/** What a person sees first, and what a program reads to know the rest. */
export async function pageRoutes(scope: FastifyInstance, deps: ServerDeps): Promise<void> {
  const document = openApi(deps)
  const docs = docsPage(document)

  scope.get('/', async (request, reply) => sendPage(reply, homePage(deps.datasets, request.host)))
  scope.get('/docs', async (_request, reply) => sendPage(reply, docs))
  scope.get('/openapi.json', async (_request, reply) => reply.header('cache-control', 'no-cache').send(document))
}

function sendPage(
  reply: FastifyReply,
  { html, policy }: { readonly html: string; readonly policy: string },
): FastifyReply {
  return reply
    .headers({ 'cache-control': 'no-cache', 'content-security-policy': policy })
    .type('text/html; charset=utf-8')
    .send(html)
}
