/** An interrupt that comes before the engine began to work is forgotten, so it is repeated until the statement ends. */
const interruptEveryMs = 50

/** Runs a statement until the signal aborts: interrupts it then, and throws the signal's reason, as it does for every later one. */
export async function interruptible<T>(
  signal: AbortSignal | undefined,
  interrupt: () => void,
  statement: () => Promise<T>,
): Promise<T> {
  if (signal === undefined) return await statement()
  signal.throwIfAborted()
  let repeat: NodeJS.Timeout | undefined
  const stop = (): void => {
    interrupt()
    repeat = setInterval(interrupt, interruptEveryMs)
  }
  signal.addEventListener('abort', stop)
  try {
    return await statement()
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  } finally {
    clearInterval(repeat)
    signal.removeEventListener('abort', stop)
  }
}
