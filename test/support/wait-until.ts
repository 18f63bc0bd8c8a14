import { setTimeout } from 'node:timers/promises'

/** Far beyond what anything here takes, also on a machine that has other things to do. */
const deadlineMs = 90_000
const pollMs = 25

/** Resolves once `check` answers true. For what tells nobody when it happens. */
export async function waitUntil(what: string, check: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + deadlineMs
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`)
    await setTimeout(pollMs)
  }
}

/** What the work answers; throws, saying what is amiss, where it takes for ever. */
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
