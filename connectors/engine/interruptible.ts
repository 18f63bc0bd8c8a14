/** The engine forgets an interrupt that comes before it begins to work, so it is repeated until the statement ends. */
const interruptEveryMs = 50

/**
 * Runs a statement. When the signal aborts, interrupts it and throws the signal's reason; if it had aborted before,
 * throws at once.
 */
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
