import { loadStatus, problemText } from './api.ts'
import type { Status } from './page.ts'
import { pause, retryAfterMs, wakeRetries } from './retry.ts'

const everyMs = 1000
/** A service that takes longer than this to answer is stopped, not slow. */
const answerMsMax = 10_000

/** `away` means that nobody answers; the next try is at this time. */
export type Connection =
  | { readonly state: 'here'; readonly status: Status }
  | { readonly state: 'away'; readonly text: string; readonly retryAtMs: number }

export type StatusWatch = {
  /** Both call the listener at once if there is a latest value, and return a function that stops the calls. */
  onStatus(listener: (status: Status) => void): () => void
  onConnection(listener: (connection: Connection) => void): () => void
}

/**
 * Asks for the status as long as the page is open. When the service is back, everything else that waits for it tries
 * again.
 */
export function watchStatus(): StatusWatch {
  const listeners = new Set<(connection: Connection) => void>()
  let last: Connection | null = null
  const tell = (connection: Connection): void => {
    if (last?.state === 'away' && connection.state === 'here') wakeRetries()
    last = connection
    for (const listener of listeners) listener(connection)
  }
  const forever = new AbortController().signal
  const run = async (): Promise<void> => {
    for (let tries = 0; ;) {
      const waitMs = await loadStatus(AbortSignal.timeout(answerMsMax)).then(
        (status) => {
          tries = 0
          tell({ state: 'here', status })
          return everyMs
        },
        (error: unknown) => {
          const retryMs = retryAfterMs(tries)
          tries += 1
          tell({ state: 'away', text: problemText(error), retryAtMs: Date.now() + retryMs })
          return retryMs
        },
      )
      await pause(waitMs, forever)
    }
  }
  void run()
  const listen = (listener: (connection: Connection) => void): (() => void) => {
    listeners.add(listener)
    if (last !== null) listener(last)
    return () => listeners.delete(listener)
  }
  return {
    onConnection: listen,
    onStatus: (listener) => listen((connection) => connection.state === 'here' && listener(connection.status)),
  }
}
