import { z } from 'zod'
import type { Cell as EngineCell } from '../../schemas/ports/engine.ts'
import type { ErrorCode } from '../../schemas/errors.ts'
import { views } from '../replica/reader.ts'
import type { JsonValue } from '../replica/reader.ts'

const cellTypes = ['boolean', 'number', 'bigint', 'string']
const Cell = z.custom<EngineCell>(
  (value) => value === null || cellTypes.includes(typeof value) || value instanceof Uint8Array,
)
const Offsets = z.record(z.string(), z.string())

const ReadRequest = z.object({
  sql: z.string(),
  params: z.union([z.array(Cell), z.record(z.string(), Cell)]),
  view: z.enum(views),
  dataset: z.string().nullable(),
  after: z.map(z.string(), z.map(z.number(), z.bigint())),
  generations: z.map(z.string(), z.number()).exactOptional(),
  rowsMax: z.number(),
  bytesMax: z.number(),
  timeoutMs: z.number(),
})

/**
 * Messages from the service to a worker. A worker gets the next statement only after it has replied to the last one; it
 * replies to a cancelled statement too.
 */
export const ToWorker = z.discriminatedUnion('type', [
  z.object({ type: z.literal('read'), id: z.number(), request: ReadRequest }),
  z.object({ type: z.literal('cancel'), id: z.number() }),
  z.object({ type: z.literal('close') }),
])
export type ToWorker = z.infer<typeof ToWorker>

const DatasetAsOf = z.object({
  generation: z.number(),
  tidemark: Offsets,
  speed: Offsets,
  lost: z.record(z.string(), z.array(z.tuple([z.string(), z.string()]).readonly()).readonly()).exactOptional(),
  stream_time: z.string().nullable(),
  lag_ms: z.number(),
})

const ReplicaStatus = DatasetAsOf.extend({
  dataset: z.string(),
  topic: z.string(),
  isReady: z.boolean(),
  waitingFor: z.string().nullable(),
  start_end: Offsets,
})

/** Errors that a reader throws on purpose. Any other error ends the worker. */
const failureCodes = [
  'SQL_INVALID',
  'QUERY_TIMEOUT',
  'QUERY_CAP_EXCEEDED',
  'AFTER_NOT_REACHED',
  'NOT_READY',
  'NOT_FOUND',
  'REQUEST_INVALID',
  'BUSY',
  'DISK_FAILED',
  'CLOSED',
] as const satisfies readonly ErrorCode[]
export const FailureCode = z.enum(failureCodes)

/**
 * Messages from a worker. The rows of an answer come first, as text in pieces: JSON arrays, each followed by a line
 * feed, cut anywhere. A worker that has sent `closing` takes no more statements; `ending` says why it ends by itself.
 */
export const FromWorker = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('status'), statuses: z.array(ReplicaStatus) }),
  z.object({ type: z.literal('rows'), id: z.number(), text: z.string() }),
  z.object({
    type: z.literal('answer'),
    id: z.number(),
    answer: z.object({
      columns: z.array(z.object({ name: z.string(), type: z.string() })),
      isTruncated: z.boolean(),
      asOf: z.object({ view: z.enum(views), datasets: z.record(z.string(), DatasetAsOf) }),
      elapsedMs: z.number(),
    }),
  }),
  z.object({
    type: z.literal('failure'),
    id: z.number(),
    code: FailureCode,
    message: z.string(),
    details: z.record(z.string(), z.unknown()),
  }),
  z.object({ type: z.literal('closing') }),
  z.object({ type: z.literal('ending'), reason: z.string() }),
])
export type FromWorker = z.infer<typeof FromWorker>

/** A row. Only its being an array is checked: its cells were parsed from JSON, so they are JSON. */
export const Row = z.custom<readonly JsonValue[]>((value) => Array.isArray(value))
