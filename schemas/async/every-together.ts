/**
 * Calls `run` at an interval until the returned function is called. Whatever has the same interval runs at the same
 * moment: a process that has nothing else to do wakes up once for all of it, which costs more than most of the work.
 */
export function everyTogether(intervalMs: number, run: () => void): () => void {
  const leftMs = (): number => intervalMs - (Date.now() % intervalMs)
  const next = (): void => {
    // A timer may ring a moment early. The next multiple of the interval is then the one that it has rung for.
    const left = leftMs()
    timer = setTimeout(next, left < intervalMs / 2 ? left + intervalMs : left)
    run()
  }
  let timer = setTimeout(next, leftMs())
  return () => clearTimeout(timer)
}
