import { eventName } from '../contract/contract.ts'
import type { DefinedDataset } from '../declare/define-dataset.ts'
import { misfitReason, misfits } from './columns/column-value.ts'
import { eventTime } from './columns/event-time.ts'
import { faultSql } from './fault-sql.ts'
import { parseSql, readFields } from './parse-spec.ts'
import { readTexts } from './read-texts.ts'
import { list, literal } from './sql-text.ts'
import { sufficientTest } from './sufficient-sql.ts'
import { tombstoneSql } from './tombstone-sql.ts'
import type { TombstoneSql } from './tombstone-sql.ts'

/**
 * An event longer than this is rejected and never parsed. Parsing costs a multiple of an event's bytes. A limit of
 * memory must not decide, since the verdict is a function of the bytes alone and the same in every role.
 */
export const parsedBytesMax = 2 * 1024 * 1024

/** How many bytes of a longer event the table of rejected events keeps. The raw chunk keeps all. */
const keptBytes = 64 * 1024

/** The parts of the one verdict, in the order in which they are computed; each is SQL over the columns of those before. */
export type VerdictSql = {
  /** Over a text: its JSON types at some places, null if it is not JSON. */
  readonly types: (text: string) => string
  /** Over `json`: the fields that tables read. */
  readonly event: string
  /** Over `json` and `types`: raw values that the cheap test needs. */
  readonly leaves: string
  /** Over `json`, `types`, `event` and `leaves`: a cheap test, true for most events without a fault, else false or null. */
  readonly isGood: string
  /**
   * Over `value`, `text` and the columns of `isGood`, and those of a tombstone: the first fault of the event, null if it
   * has none.
   */
  readonly fault: string
  /** Over `event`, `timestamp` and `has_log_time`: a cheap test of an event without a fault, true if it is no misfit. */
  readonly fits: string
  /** Over `mark` and the columns of `fits`: why an event that keeps its contract is rejected nevertheless. */
  readonly misfit: string
  /** Over `value`: the bytes of a rejected event that its table keeps. */
  readonly kept: string
  /** How records without a value are read; null if they are rejected. */
  readonly tombstone: TombstoneSql | null
}

/** Deriving takes milliseconds, and every micro-batch asks for it. */
const derived = new WeakMap<DefinedDataset, VerdictSql>()

/** The one verdict. An event is rejected for its first fault or misfit, a sentence that names field and rule. */
export function verdictSql(dataset: DefinedDataset): VerdictSql {
  const verdict = derived.get(dataset) ?? derive(dataset)
  derived.set(dataset, verdict)
  return verdict
}

function derive(dataset: DefinedDataset): VerdictSql {
  const { root, time } = dataset
  const test = sufficientTest(root, readFields(dataset))
  const slot = { node: root, mayBeMissing: false, mayBeNull: false }
  const at = eventTime(dataset)
  const tombstone = tombstoneSql(dataset, parsedBytesMax)
  // A log's time is a whole millisecond, and the event may be of any part of it.
  const ahead =
    at.perMs === 1
      ? `timestamp + ${time.aheadMsMax}`
      : `(timestamp + ${time.aheadMsMax}) * ${at.perMs} + ${at.perMs - 1}`
  const isAhead = `has_log_time AND ${at.value} > ${ahead}`
  const ofTombstone = tombstone === null ? '' : 'WHEN value IS NULL THEN NULL\n    '
  const unfit = [
    ...misfits(dataset).map((misfit) => ({ isThere: misfit.isThere, reason: misfitReason(misfit) })),
    ...(at.fitsAll
      ? []
      : [{ isThere: `${at.value} IS NULL`, reason: `${time.path}: expected a time of the years 1970 to 9999` }]),
  ]
  return {
    types: (text) => `TRY(json_type(${text}, [${list(test.typedPointers.map(literal))}]))`,
    event: `TRY(${parseSql(root, dataset)})`,
    leaves:
      test.leafSpec === null
        ? 'NULL'
        : `TRY(from_json(CASE WHEN ${test.readsLeaves} THEN json END, ${literal(test.leafSpec)}))`,
    isGood: test.holds,
    fault: `CASE
    WHEN value IS NULL THEN ${tombstone?.fault ?? literal(`${eventName}: missing, the record has no value`)}
    WHEN octet_length(value) > ${parsedBytesMax} THEN '${eventName}: longer than ${parsedBytesMax} bytes, which is not parsed: its first ${keptBytes} are kept here, all of it in its raw chunk'
    WHEN text IS NULL THEN '${eventName}: not valid UTF-8'
    WHEN json IS NULL THEN '${eventName}: not valid JSON'
    WHEN ${test.holds} THEN NULL
    ELSE ${faultSql(slot, 'json::JSON', eventName)} END`,
    kept: `CASE WHEN octet_length(value) <= ${parsedBytesMax} THEN value ELSE value[1:${keptBytes}] END`,
    fits: [...unfit.map(({ isThere }) => `NOT coalesce(${isThere}, false)`), `NOT (${isAhead})`].join(' AND '),
    misfit: `CASE
    ${ofTombstone}WHEN event IS NULL THEN '${eventName}: not readable'
    ${readTexts(dataset)
      .map(
        ({ name, has }) =>
          `WHEN mark IS NOT NULL AND ${has('mark')} THEN ${literal(`${name}: expected whole characters, got half a surrogate pair`)}`,
      )
      .join('\n    ')}
    ${unfit.map(({ isThere, reason }) => `WHEN ${isThere} THEN ${literal(reason)}`).join('\n    ')}
    WHEN ${isAhead} THEN '${time.path}: later than the log received it by more than ${time.aheadMsMax} ms' END`,
    tombstone,
  }
}
