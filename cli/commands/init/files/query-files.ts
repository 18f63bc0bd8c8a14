import type { Planned } from '../plan/plan-tables.ts'
import { shownColumns } from './dataset-file.ts'

/** Writes the questions that a dataset begins with, by path. */
export function queryFiles({ main: { table, time } }: Planned): Readonly<Record<string, string>> {
  const order = [`${time} DESC`, ...table.key.filter((column) => column !== time)].join(', ')
  return {
    'queries/newest.sql': [
      '-- The newest rows first.',
      `SELECT ${shownColumns(table).join(', ')}`,
      `FROM ${table.name}`,
      `ORDER BY ${order}`,
      'LIMIT $limit',
      '',
    ].join('\n'),
    'queries/per-hour.sql': [
      '-- $stream_time is the newest time of an event; windows end there.',
      'SELECT',
      `  time_bucket(INTERVAL 1 HOUR, ${time}, TIMESTAMPTZ 'epoch') AS hour,`,
      '  count(*) AS events',
      `FROM ${table.name}`,
      `WHERE ${time} > $stream_time::TIMESTAMPTZ - to_milliseconds($window)`,
      'GROUP BY hour',
      'ORDER BY hour',
      '',
    ].join('\n'),
  }
}
