import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { Deferred } from '../../schemas/async/deferred.ts'
import { AppError } from '../../schemas/errors.ts'

export type DrainOptions = {
  /** Aborts when the service is to stop: later requests are refused. */
  readonly stopping: AbortSignal
  /** Aborts when earlier requests have had their time to end. */
  readonly overdue: AbortSignal
  /**
   * The server goes on listening and refusing for at least this long: a client that has just sent its request gets an
   * answer, not a reset.
   */
  readonly drainMs: number
}

/**
 * An overdue request is answered with CLOSED. A client that has not read this answer after this time is disconnected.
 */
const answerMsMax = 500

/**
 * Ends a server without resetting connections. When it is to stop, it answers every new request with CLOSED and closes
 * its connection; earlier requests are answered as always. After the last of them, it stops listening. Browsers open
 * connections that they do not use yet; Node does not count these as idle, so they are closed here.
 *
 * Call it before the routes, and register the returned function after them, when streams have already been ended.
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
      // Streams have been ended by now. Their clients may not have read everything; this is not waited for.
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

/** Resolves when the work ends, or `answerMsMax` after it became overdue. */
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
