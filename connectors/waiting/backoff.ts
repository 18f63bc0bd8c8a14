const firstMs = 200
const maxMs = 30_000

/** How long to wait before try `attempt` (1 is the first repeat): doubles up to half a minute, half of it random. */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(maxMs, firstMs * 2 ** Math.min(attempt - 1, 16))
  return ceiling * (0.5 + random() / 2)
}
