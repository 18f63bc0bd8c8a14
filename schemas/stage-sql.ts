import type { DefinedDataset } from './define-dataset.ts'
import { eventPath, literal } from './sql-text.ts'
import { parseSpec, verdictSql } from './verdict-sql.ts'

/** The end of the year 9999. A producer may have written any number as its record's time; the raw chunk keeps that. */
const latestEpochMs = 253_402_300_799_999

/** Columns that `stageSql` reads: records as the log has them. */
export const incomingColumns =
  '"partition" INTEGER, "offset" BIGINT, "timestamp" BIGINT, has_log_time BOOLEAN, read_at BIGINT, value BLOB'

/**
 * Reads records from `source` and answers one row for each: where it stands, its verdict, the parsed event where it is
 * accepted, its bytes where it is rejected. No value makes it throw.
 */
export function stageSql(dataset: DefinedDataset, source: string): string {
  const { columns, reason } = verdictSql(dataset)
  return `
WITH decoded AS (
  SELECT "partition", "offset", greatest(0, least("timestamp", ${latestEpochMs})) AS "timestamp", has_log_time, read_at, value,
    TRY(decode(value)) AS text
  FROM ${source}
), typed AS (
  SELECT *, CASE WHEN json_valid(text) THEN ${columns.types} END AS types FROM decoded
), parsed AS (
  SELECT *,
    ${columns.repeated.map(({ sql, name }) => `${sql} AS ${name},`).join('\n    ')}
    CASE WHEN types IS NOT NULL THEN TRY(from_json(text, ${literal(parseSpec(dataset.root))})) END AS event
  FROM typed
), judged AS (
  SELECT *,
    ${reason} AS reason
  FROM parsed
)
SELECT
  "partition" AS _partition,
  "offset" AS _offset,
  "timestamp" AS _timestamp,
  CASE WHEN has_log_time THEN "timestamp" ELSE read_at END AS _received,
  reason,
  CASE WHEN reason IS NULL THEN ${eventPath(dataset.time.path)} ELSE "timestamp" END AS _time,
  CASE WHEN reason IS NULL THEN event END AS event,
  CASE WHEN reason IS NOT NULL THEN value END AS value
FROM judged`
}

/**
 * The newest event time of the staged that are accepted, never later than their reception. An event further ahead than its
 * contract allows does not count: the verdict bounds it only where the log stamped it.
 */
export function streamTimeSql({ time }: DefinedDataset): string {
  return `max(least(_time, _received)) FILTER (reason IS NULL AND _time <= _received + ${time.aheadMsMax})`
}

/** Answers `(index, reason)` of the rejected among the records of `source`, `"offset"` being the index. */
export function rejectionsSql(dataset: DefinedDataset, source: string): string {
  return `SELECT _offset AS index, reason FROM (${stageSql(dataset, source)}) WHERE reason IS NOT NULL ORDER BY _offset`
}
