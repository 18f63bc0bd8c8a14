import { setTimeout } from 'node:timers/promises'

/** Far longer than anything here takes, even on a busy machine. */
const deadlineMs = 90_000
const pollMs = 25

/** Resolves once `check` returns true. Use it only for changes that nothing reports. */
export async function waitUntil(what: string, check: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + deadlineMs
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`)
    await setTimeout(pollMs)
  }
}

/** Returns the result of the work. Throws the text of `amiss` if it takes too long. */
export async function withinMs<T>(amiss: () => string, work: Promise<T>): Promise<T> {
  const over = new AbortController()
  const late = setTimeout(deadlineMs, undefined, { signal: over.signal }).then(
    () => {
      throw new Error(amiss())
    },
    () => new Promise<never>(() => {}),
  )
  try {
    return await Promise.race([work, late])
  } finally {
    over.abort()
  }
}
