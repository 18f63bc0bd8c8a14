import type { DefinedDataset } from '../declare/define-dataset.ts'
import { surrogateMarks } from '../contract/engine-pattern.ts'
import { latestEpochMs } from './columns/epoch-range.ts'
import { eventTime } from './columns/event-time.ts'
import { readsKeys } from './record-keys.ts'
import { list, literal } from './sql-text.ts'
import type { TombstoneSql } from './tombstone-sql.ts'
import { parsedBytesMax, verdictSql } from './verdict-sql.ts'

/** Half of a surrogate pair, as JSON writes it. The engine refuses a text that holds one half alone. */
const half = String.raw`\\u[dD][89a-fA-F][0-9a-fA-F]{2}`
/** Cuts a JSON text into pieces: pairs, lone halves, other escapes, and the text between them. */
const pieces = String.raw`\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|${half}|\\(?s:.)|[^\\]+`

/**
 * SQL that reads records from `source` and returns one row for each: its place in the log, its verdict, the parsed
 * event if it is accepted, its bytes if it is rejected. No value makes it fail. If the dataset declares tombstones, an
 * accepted record without a value has what it deletes in place of the event.
 *
 * JavaScript reads and writes lone halves of surrogate pairs; the engine takes no text with them. So a mark that the
 * event does not hold replaces each lone half. The event is then judged like any other, and is rejected if a column
 * reads a text with the mark.
 */
export function stageSql(dataset: DefinedDataset, source: string): string {
  const { types, event, leaves, fault, misfit, tombstone } = verdictSql(dataset)
  const accepted = tombstone === null ? ['event'] : ['event', 'tombstone']
  return `
WITH ${decodedSql(dataset, source)}, ${tombstone === null ? '' : keyedSql(tombstone)}typed AS (
  SELECT *, ${types('text')} AS text_types FROM ${tombstone === null ? 'decoded' : 'keyed'}
), marked AS (
  SELECT *, CASE WHEN text_types IS NULL AND regexp_matches(text, ${literal(half)}) THEN ${markSql} END AS mark
  FROM typed
), readable AS (
  SELECT *, ltrim(CASE WHEN text_types IS NOT NULL THEN text WHEN mark IS NOT NULL THEN ${withMarksSql} END, ${blanksSql}) AS json
  FROM marked
), parsed AS (
  SELECT *, CASE WHEN mark IS NULL THEN text_types ELSE ${types('json')} END AS types, ${event} AS event FROM readable
), leaved AS (
  SELECT *, ${leaves} AS leaves FROM parsed
), judged AS (
  SELECT *, ${fault} AS fault FROM leaved
), fitted AS (
  SELECT * REPLACE (${list(accepted.map((column) => `CASE WHEN fault IS NULL THEN ${column} END AS ${column}`))}),
    CASE WHEN fault IS NOT NULL THEN fault ELSE ${misfit} END AS reason
  FROM judged
)
${stagedRowsSql(dataset)}`
}

/**
 * SQL of the same rows in less time, for the accepted events that a cheap test can tell, which are most. All other
 * events get an empty reason. They are not filtered out, because the engine would push the filter down and parse each
 * event once per condition.
 */
export function stageGoodSql(dataset: DefinedDataset, source: string): string {
  const { types, event, leaves, isGood, fits, tombstone } = verdictSql(dataset)
  const noTombstone = tombstone === null ? '' : `, NULL::${tombstone.type} AS tombstone`
  return `
WITH ${decodedSql(dataset, source)}, typed AS (
  SELECT *, ${types('text')} AS types FROM decoded
), readable AS (
  SELECT *, CASE WHEN types IS NOT NULL THEN text END AS json FROM typed
), parsed AS (
  SELECT *, ${event} AS event, ${leaves} AS leaves FROM readable
), fitted AS (
  SELECT *, CASE WHEN ${isGood} AND ${fits} THEN NULL ELSE '' END AS reason${noTombstone} FROM parsed
)
${stagedRowsSql(dataset)}`
}

/** A producer may have written any number as its record's time; the raw chunk keeps that. */
function decodedSql(dataset: DefinedDataset, source: string): string {
  return `decoded AS (
  SELECT "partition", "offset", greatest(0, least("timestamp", ${latestEpochMs})) AS "timestamp", has_log_time, read_at, value,${readsKeys(dataset) ? ' "key",' : ''}
    CASE WHEN octet_length(value) <= ${parsedBytesMax} THEN TRY(decode(value)) END AS text
  FROM ${source}
)`
}

/** Reads the keys of records without a value. */
function keyedSql({ text, json, keys }: TombstoneSql): string {
  return `texts AS (
  SELECT *, ${text} AS key_text FROM decoded
), objects AS (
  SELECT *, ${json} AS key_json FROM texts
), keyed AS (
  SELECT *, ${keys} AS tombstone FROM objects
), `
}

/**
 * A tombstone has no event, so its time is that of its record. Where events are dated more finely, it comes after those of
 * its millisecond.
 */
function stagedRowsSql(dataset: DefinedDataset): string {
  const { value, perMs } = eventTime(dataset)
  const { kept, tombstone } = verdictSql(dataset)
  const hasEvent = tombstone === null ? 'reason IS NULL' : 'reason IS NULL AND tombstone IS NULL'
  const ofRecord = perMs === 1 ? '"timestamp"' : `"timestamp" * ${perMs}`
  const others =
    tombstone === null || perMs === 1 ? ofRecord : `${ofRecord} + CASE WHEN reason IS NULL THEN ${perMs - 1} ELSE 0 END`
  return `SELECT
  "partition" AS _partition,
  "offset" AS _offset,
  "timestamp" AS _timestamp,
  CASE WHEN has_log_time THEN "timestamp" ELSE read_at END AS _received,
  reason,
  CASE WHEN ${hasEvent} THEN ${value} ELSE ${others} END AS _time,
  event,
  CASE WHEN reason IS NOT NULL THEN ${kept} END AS value${tombstone === null ? '' : ',\n  tombstone'}
FROM fitted`
}

/**
 * SQL of the newest event time among the accepted staged events, never later than their reception. An event too far
 * ahead does not count: the verdict rejects it only if the log stamped it. Stream time is in milliseconds, so a finer
 * time counts up to the next one: no event is newer than the stream. A tombstone does not move it: the time of its record
 * may lie years after the events of a recording.
 */
export function streamTimeSql(dataset: DefinedDataset): string {
  const { perMs } = eventTime(dataset)
  const [timeMs, received] =
    perMs === 1 ? ['_time', '_received'] : [`(_time + ${perMs - 1}) // ${perMs}`, '_received + 1']
  const isEvent = readsKeys(dataset) ? 'reason IS NULL AND tombstone IS NULL' : 'reason IS NULL'
  return `max(least(${timeMs}, ${received})) FILTER (${isEvent} AND ${timeMs} <= ${received} + ${dataset.time.aheadMsMax})`
}

/** Blanks may stand before an event. The careful verdict looks at how a value begins. */
const blanksSql = `' ' || chr(9) || chr(10) || chr(13)`

/** The first mark that the text holds neither plainly nor escaped. */
const markSql = `list_filter(list_transform(range(${surrogateMarks.min}, ${surrogateMarks.max + 1}), lambda code: chr(code::INTEGER)), lambda m: NOT contains(text, m) AND NOT contains(lower(text), format('\\u{:x}', unicode(m))))[1]`

const withMarksSql = `list_transform([list_aggregate(list_transform(regexp_extract_all(text, ${literal(pieces)}), lambda piece: CASE WHEN regexp_full_match(piece, ${literal(half)}) THEN mark ELSE piece END), 'string_agg', '')], lambda repaired: CASE WHEN json_valid(repaired) THEN repaired END)[1]`
