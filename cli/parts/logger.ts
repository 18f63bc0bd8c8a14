import { pino } from 'pino'
import type { Logger } from 'pino'
import { build as prettyStream } from 'pino-pretty'
import type { Config } from './config.ts'

/** Logs to stderr: lines for people on a terminal, JSON for everything else. */
export function createLogger(level: Config['LOG_LEVEL']): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime }
  const stream = process.stderr.isTTY
    ? prettyStream({ destination: 2, sync: true, translateTime: 'HH:MM:ss', ignore: 'pid,hostname', singleLine: true })
    : pino.destination({ fd: 2, sync: true })
  return pino(options, stream)
}
