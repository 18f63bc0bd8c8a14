/**
 * Calls `run` at an interval until the returned function is called. Whatever has the same interval runs at the same
 * moment: a process that has nothing else to do then wakes once for all of it, and a wake-up costs more than most of that
 * work. The moments are multiples of the interval since the process began, so that processes differ.
 */
export function everyTogether(intervalMs: number, run: () => void, now = () => performance.now()): () => void {
  let due = 0
  const wait = (): NodeJS.Timeout => {
    // A timer may ring a moment early. It has rung for the moment that was due all the same.
    due = Math.floor(Math.max(due, now()) / intervalMs + 1) * intervalMs
    return setTimeout(() => {
      timer = wait()
      run()
    }, due - now())
  }
  let timer = wait()
  return () => clearTimeout(timer)
}
