import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { Deferred } from '../../schemas/async/deferred.ts'
import { AppError } from '../../schemas/errors.ts'

export type DrainOptions = {
  /** Aborted once the service is to stop: what is asked from then on is refused. */
  readonly stopping: AbortSignal
  /** Aborted once what was asked before has had its time. */
  readonly overdue: AbortSignal
  /** The server listens at least this long to refuse: a client that has just sent its request gets an answer, not a reset. */
  readonly drainMs: number
}

/** A request that is overdue is answered with CLOSED. A client that has not taken that by then is cut off. */
const answerMsMax = 500

/**
 * Ends a server without a reset connection. Once it is to stop, every request is answered with CLOSED and ends its
 * connection; those that came before are answered as always. When they have been, the server stops listening. Browsers open
 * connections before they need them, which are not idle to Node: these are closed too.
 *
 * Call it before the routes, and register what it returns after them: streams have been ended then.
 */
export function drainOnClose(
  app: FastifyInstance,
  { stopping, overdue, drainMs }: DrainOptions,
): (last: FastifyInstance) => Promise<void> {
  const unused = new Set<Socket>()
  const running = new Set<FastifyReply>()
  const answered = new WeakSet<FastifyReply>()
  const drained = new Deferred()
  let isClosing = false
  const isStopping = (): boolean => isClosing || stopping.aborted

  app.server.on('connection', (socket: Socket) => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  app.server.on('request', ({ socket }) => unused.delete(socket))
  app.addHook('onRequest', async (request, reply) => {
    running.add(reply)
    reply.raw.once('close', () => {
      running.delete(reply)
      if (isClosing && running.size === 0) drained.resolve()
    })
    if (isStopping() && request.routeOptions.url !== '/livez') throw shuttingDown()
  })
  app.addHook('onSend', async (_request, reply) => {
    answered.add(reply)
    if (isStopping()) reply.header('connection', 'close')
  })
  return async (last) => {
    last.addHook('preClose', async () => {
      isClosing = true
      if (!app.server.listening) return
      if (drainMs > 0) await delay(drainMs)
      // A stream has ended by now. What its client has not read of it is not waited for.
      for (const reply of running) if (reply.raw.writableEnded && !answered.has(reply)) running.delete(reply)
      if (running.size > 0) await unlessLate(drained.promise, overdue)
      for (const socket of unused) socket.destroy()
      if (running.size > 0) app.server.closeAllConnections()
    })
  }
}

export function shuttingDown(): AppError {
  return new AppError('CLOSED', 'The service is shutting down: ask again in a moment, or ask another replica.')
}

/** Resolves with the work, or some time after it was overdue. */
async function unlessLate(work: Promise<void>, overdue: AbortSignal): Promise<void> {
  const late = new Deferred()
  let timer: NodeJS.Timeout | undefined
  const start = (): void => {
    timer = setTimeout(late.resolve, answerMsMax)
  }
  if (overdue.aborted) start()
  overdue.addEventListener('abort', start)
  await Promise.race([work, late.promise])
  overdue.removeEventListener('abort', start)
  clearTimeout(timer)
}
