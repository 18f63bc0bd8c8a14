import { setImmediate } from 'node:timers/promises'
import { everyTogether } from '../../schemas/async/every-together.ts'
import { AppError } from '../../schemas/errors.ts'
import { memoryExceeded } from '../replica/engine-error.ts'
import { bytesAgainstLimit, privateBytes } from './memory-use.ts'
import type { Answer, Reader } from '../replica/reader.ts'
import { checkSelect } from './guard.ts'
import { openSqlParser } from './parser.ts'
import type { SqlParser } from './parser.ts'
import { FailureCode, ToWorker } from './worker-protocol.ts'
import type { FromWorker } from './worker-protocol.ts'

/** The text of one message. It is small, so that neither side holds an answer twice. */
const pieceLengthMax = 256 * 1024
const statusEveryMs = 2000
const memoryWatchEveryMs = 25
/** Beyond this share of the limit the statement ends with an error, before the system ends the process without one. */
const memoryShareMax = 0.9
/**
 * A worker has room for what it held when it was ready, for what its engine may hold, and some more. If a statement
 * leaves less than this share of that rest, the worker ends, since the next statement could fail for memory that it did
 * not take. What the engine holds does not count: it caches what it has read, and gives it up for the next statement.
 */
const roomShareMin = 0.4
const closeWithinMs = 1_000

export type SqlWorkerOptions = {
  /** Opens the reader that answers; resolves once it can. */
  readonly openReader: () => Promise<Reader & { close(): Promise<void> }>
  /** The tables that statements may name, by dataset. */
  readonly tables: ReadonlyMap<string, readonly string[]>
  /** The reason why a dataset was left out, by its name. */
  readonly leftOut: ReadonlyMap<string, string>
  readonly memoryBytesMax: number
  /** The part of it that the engine may take. */
  readonly engineBytesMax: number
  /** This process, which was started with a channel to the service. */
  readonly channel: NodeJS.Process
}

/**
 * The worker's side of ad-hoc SQL: checks each statement and runs it on the reader, one at a time. Ends the process
 * when the service has gone or asks for it, when memory runs out, and after any error that the statement did not cause.
 * Rejects if it cannot open its reader; the main then ends the process.
 */
export async function startSqlWorker(options: SqlWorkerOptions): Promise<void> {
  const { channel, openReader } = options
  let worker: SqlWorker | null = null
  channel.on('disconnect', () => kill(channel))
  // If the service ended before this line, there is no event to wait for.
  if (!channel.connected) kill(channel)
  channel.on('message', (message: unknown) => {
    const parsed = ToWorker.parse(message)
    // Only `close` is sent to a worker that is not ready.
    if (worker === null) kill(channel)
    else void worker.take(parsed)
  })
  const parser = await openSqlParser()
  const reader = await openReader()
  worker = new SqlWorker(options, parser, reader)
  await worker.start()
}

class SqlWorker {
  readonly #options: SqlWorkerOptions
  readonly #parser: SqlParser
  readonly #reader: Awaited<ReturnType<SqlWorkerOptions['openReader']>>
  #running: { readonly id: number; readonly gone: AbortController } | null = null
  #isClosing = false
  #sentStatus = ''
  #bytesAtReady = 0

  constructor(
    options: SqlWorkerOptions,
    parser: SqlParser,
    reader: Awaited<ReturnType<SqlWorkerOptions['openReader']>>,
  ) {
    this.#options = options
    this.#parser = parser
    this.#reader = reader
  }

  async start(): Promise<void> {
    await this.#sendStatus()
    this.#bytesAtReady = bytesAgainstLimit()
    await this.#send({ type: 'ready' })
    everyTogether(statusEveryMs, () => void this.#sendStatus())
  }

  async take(message: ToWorker): Promise<void> {
    if (message.type === 'close') return this.#close()
    if (message.type === 'cancel') {
      if (this.#running?.id === message.id) this.#running.gone.abort()
      return
    }
    const running = { id: message.id, gone: new AbortController() }
    this.#running = running
    const watch = setInterval(() => void this.#watchMemory(message.id), memoryWatchEveryMs)
    try {
      await this.#answer(message, running.gone.signal)
    } catch (error) {
      await this.#fail(message.id, error)
    } finally {
      clearInterval(watch)
    }
  }

  async #answer({ id, request }: Extract<ToWorker, { type: 'read' }>, signal: AbortSignal): Promise<void> {
    const { tables, leftOut } = this.#options
    const { sql, dataset } = request
    checkSelect(await this.#parser.parse(sql), sql, { tables, leftOut, dataset })
    const { rows, ...answer } = await this.#reader.read({ ...request, signal })
    for (const text of pieces(rows)) await this.#send({ type: 'rows', id, text })
    const isWornOut = this.#isWornOut()
    if (isWornOut) await this.#send({ type: 'closing' })
    await this.#send({ type: 'answer', id, answer: { ...answer, columns: [...answer.columns] } })
    if (isWornOut) await this.#close()
  }

  async #fail(id: number, error: unknown): Promise<void> {
    const code = FailureCode.safeParse(error instanceof AppError ? error.code : null)
    if (!(error instanceof AppError) || !code.success) {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
      await this.#send({ type: 'ending', reason: error instanceof Error ? error.message : String(error) })
      return kill(this.#options.channel)
    }
    const isWornOut = this.#isWornOut()
    if (isWornOut) await this.#send({ type: 'closing' })
    await this.#send({ type: 'failure', id, code: code.data, message: error.message, details: { ...error.details } })
    if (isWornOut) await this.#close()
  }

  #isWornOut(): boolean {
    const { memoryBytesMax, engineBytesMax } = this.#options
    const rest = memoryBytesMax - this.#bytesAtReady - engineBytesMax
    return memoryBytesMax - bytesAgainstLimit() < rest * roomShareMin
  }

  async #watchMemory(id: number): Promise<void> {
    if (this.#isClosing || privateBytes() < this.#options.memoryBytesMax * memoryShareMax) return
    this.#isClosing = true
    const { code, message } = memoryExceeded()
    await this.#send({ type: 'closing' })
    await this.#send({ type: 'failure', id, code: FailureCode.parse(code), message, details: {} })
    kill(this.#options.channel)
  }

  /** Sends the status if it differs from what was sent last. */
  async #sendStatus(): Promise<void> {
    const statuses = this.#reader.status().map((status) => ({ ...status }))
    const text = JSON.stringify(statuses)
    if (this.#isClosing || text === this.#sentStatus) return
    this.#sentStatus = text
    await this.#send({ type: 'status', statuses })
  }

  /** If the channel has gone, the 'disconnect' event ends this process. */
  #send(message: FromWorker): Promise<void> {
    return new Promise((resolve) => {
      if (this.#options.channel.send === undefined || !this.#options.channel.connected) return resolve()
      this.#options.channel.send(message, undefined, undefined, () => resolve())
    })
  }

  async #close(): Promise<void> {
    this.#isClosing = true
    const late = setTimeout(() => kill(this.#options.channel), closeWithinMs)
    await this.#reader.close()
    this.#parser.close()
    clearTimeout(late)
    await setImmediate()
    kill(this.#options.channel)
  }
}

/** Not `exit`, which would wait for a statement that still runs. The process holds nothing that a kill could lose. */
function kill(channel: NodeJS.Process): void {
  channel.kill(channel.pid, 'SIGKILL')
}

function* pieces(rows: Answer['rows']): Generator<string> {
  let text = ''
  for (const row of rows) {
    text += `${JSON.stringify(row)}\n`
    while (text.length >= pieceLengthMax) {
      yield text.slice(0, pieceLengthMax)
      text = text.slice(pieceLengthMax)
    }
  }
  if (text !== '') yield text
}
