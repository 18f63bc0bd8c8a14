const waitsMs = [500, 1000, 2000, 3000, 5000, 10_000] as const

/**
 * Returns the wait before try number `tries`, counted from 0. It is random within limits, so that many pages do not
 * come back at one instant.
 */
export function retryAfterMs(tries: number): number {
  const waitMs = waitsMs[Math.min(tries, waitsMs.length - 1)] ?? 10_000
  return Math.round(waitMs * (0.8 + 0.4 * Math.random()))
}

/** Resolves after the time, or at once when `wakeRetries` is called, the network is back or the tab becomes visible. */
export function pause(waitMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = new AbortController()
    const end = (): void => {
      clearTimeout(timer)
      done.abort()
      resolve()
    }
    const timer = setTimeout(end, waitMs)
    const listening = { signal: done.signal }
    wakes.addEventListener('wake', end, listening)
    window.addEventListener('online', end, listening)
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && end(), listening)
    signal.addEventListener('abort', end, listening)
  })
}

const wakes = new EventTarget()

export function wakeRetries(): void {
  wakes.dispatchEvent(new Event('wake'))
}
