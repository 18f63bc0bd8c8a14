import { ApiProblem, problemText } from '../page/api.ts'

const advice: Readonly<Record<string, string>> = {
  QUERY_TIMEOUT: 'It took longer than a statement may take. Read fewer rows, or a shorter window.',
  QUERY_CAP_EXCEEDED: 'Its answer or the memory that it needs is larger than allowed. Read less, or aggregate more.',
  BUSY: 'Too many statements are running. Run it again in a moment.',
  WORKER_LOST: 'The process that ran it was lost, perhaps to this statement. Another one takes its place; try again.',
  NOT_READY: 'The service is still reading its log. Try again in a few seconds.',
}

/** Returns what went wrong with a statement and what to do about it. */
export function statementProblem(error: unknown): string {
  if (error instanceof DOMException && error.name === 'AbortError') return 'Cancelled.'
  if (!(error instanceof ApiProblem)) return problemText(error)
  const { code, message, position } = error
  const said = message.charAt(0).toUpperCase() + message.slice(1)
  const more = advice[code]
  if (more !== undefined) return `${more} (${message})`
  // The engine draws the place below its message. Here the editor marks it.
  const first = said.replace(/\n+LINE \d+: [^]*$/, '')
  return position === null ? first : `Line ${position.line}, column ${position.column}: ${first}`
}
