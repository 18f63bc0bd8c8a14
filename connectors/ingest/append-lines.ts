import { hasCode } from '../../schemas/errors.ts'
import type { EventLog } from '../../schemas/ports/log.ts'
import { Patience } from '../waiting/patience.ts'
import type { TakenLines } from './line-buffer.ts'
import type { LineSource } from '../sources/line-source.ts'
import { type Clock, systemClock } from '../waiting/pace.ts'

type Appender = {
  /** Returns the position where the last ingest of the source stopped. */
  resume(): Promise<string | null>
  /** Appends the lines exactly once. If the log is unreachable, waits for it until the signal aborts. */
  append(lines: TakenLines): Promise<void>
}

export type AppendTarget = {
  readonly log: EventLog
  readonly topic: string
  readonly source: LineSource
  readonly signal: AbortSignal
  readonly clock?: Clock
  /** Called before each wait with its reason, for people. */
  readonly onRetry?: (message: string) => void
}

export function createAppender({
  log,
  topic,
  source,
  signal,
  clock = systemClock,
  onRetry = () => {},
}: AppendTarget): Appender {
  let committed: string | null = null

  const untilReachable = <T>(act: () => Promise<T>): Promise<T> =>
    new Patience(onRetry, signal, clock).outlast(act, (error) =>
      hasCode(error, 'LOG_UNREACHABLE') ? error.message : null,
    )

  const resume = async () => {
    committed = await untilReachable(() => log.sourcePosition(topic, source.name))
    return committed
  }

  const append = async ({ records, position }: TakenLines) => {
    if (position === null) {
      if (records.length > 0) await untilReachable(() => log.append(topic, records))
      return
    }
    if (records.length === 0 && position === committed) return
    let isUnknown = false
    await untilReachable(async () => {
      // The records may be in the log although the append failed. Their position tells.
      if (isUnknown && (await log.sourcePosition(topic, source.name)) === position) return
      isUnknown = true
      await log.append(topic, records, { source: source.name, position, previous: committed })
    })
    committed = position
  }

  return { resume, append }
}
