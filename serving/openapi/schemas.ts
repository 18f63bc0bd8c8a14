import { elementTypeOf } from '../../schemas/declare/column-types.ts'
import type { ColumnType } from '../../schemas/declare/column-types.ts'
import type { Parameter, Table } from '../../schemas/declare/dataset.ts'
import { publicTypes, uniqueColumns } from '../../schemas/declare/check-tables.ts'
import { mediaTypes } from '../answers/answer-formats.ts'
import type { Content, ResponseObject, Schema } from './types.ts'
import { views } from '../replica/reader.ts'

const columnSchemas = {
  INTEGER: { type: 'integer' },
  BIGINT: { type: ['integer', 'string'], description: 'A string of digits beyond 2^53-1.' },
  UBIGINT: { type: ['integer', 'string'], description: 'A string of digits beyond 2^53-1.' },
  HUGEINT: { type: ['integer', 'string'], description: 'A string of digits beyond fifteen.' },
  DOUBLE: { type: ['number', 'string'], description: 'A string where it is not finite.' },
  VARCHAR: { type: 'string' },
  BOOLEAN: { type: 'boolean' },
  TIMESTAMPTZ: { type: 'string', format: 'date-time' },
  DATE: { type: 'string', format: 'date' },
  JSON: {
    type: 'string',
    description: 'JSON as text, so that numbers keep their digits.',
    contentMediaType: 'application/json',
  },
  BLOB: { type: 'string', contentEncoding: 'base64' },
} as const satisfies Record<string, Schema>

const decimal: Schema = { type: ['number', 'string'], description: 'A string of digits beyond fifteen.' }

function columnSchema(type: ColumnType): Schema {
  const element = elementTypeOf(type)
  if (element !== null) return { type: 'array', items: { anyOf: [columnSchema(element), { type: 'null' }] } }
  return Object.entries(columnSchemas).find(([name]) => name === type)?.[1] ?? decimal
}

const positions = {
  type: 'object',
  additionalProperties: { type: 'string', pattern: '^[0-9]+$' },
  description: 'By `topic/partition`, the first offset that is not included.',
} as const

export function parameterSchema({ type, minimum, maximum, choices, default: otherwise }: Parameter): Schema {
  const bounds = type === 'integer' || type === 'number' ? { minimum, maximum } : {}
  return {
    ...written[type],
    ...(choices === undefined ? {} : { enum: choices }),
    ...Object.fromEntries(Object.entries(bounds).filter(([, bound]) => bound !== undefined)),
    ...(otherwise === undefined ? {} : { default: otherwise }),
  }
}

const written: Readonly<Record<Parameter['type'], Schema>> = {
  text: { type: 'string' },
  choice: { type: 'string' },
  integer: { type: 'integer' },
  number: { type: 'number' },
  timestamp: { type: 'string', description: 'RFC 3339 or epoch milliseconds.' },
  duration: { type: 'string', description: 'ISO 8601 (PT15M) or like 90s, 15m, 6h, 7d.' },
  timezone: { type: 'string', description: 'An IANA name, for example Europe/Berlin.' },
}

/** The schema of a row of a table. All columns but those of its key may be null. */
export function rowSchema(table: Table): Schema {
  const unique = uniqueColumns(table)
  const properties = Object.entries(publicTypes(table)).map(([name, type]) => [
    name,
    unique.includes(name) ? columnSchema(type) : { anyOf: [columnSchema(type), { type: 'null' }] },
  ])
  return { type: 'object', properties: Object.fromEntries(properties), required: Object.keys(publicTypes(table)) }
}

/** An answer in every format; `row` is the schema of its rows. */
export function answerResponse(row: Schema): ResponseObject {
  const content: Content = {
    [mediaTypes.json]: {
      schema: { allOf: [ref('Answer'), { type: 'object', properties: { rows: { type: 'array', items: row } } }] },
    },
    [mediaTypes.ndjson]: { schema: { type: 'string', description: 'A row as JSON per line.' } },
    [mediaTypes.csv]: { schema: { type: 'string', description: 'RFC 4180, with a header.' } },
    [mediaTypes.parquet]: { schema: { type: 'string', format: 'binary' } },
  }
  const headers = {
    ETag: { description: 'Names the state that the answer was read at.', schema: { type: 'string' } },
    'Tidemark-As-Of': { description: '`as_of`, if the body has no place for it.', schema: { type: 'string' } },
    Link: { description: 'The next page of a table.', schema: { type: 'string' } },
  }
  return { description: 'The rows, and the state that they were read at.', headers, content }
}

export function ref(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` }
}

export const sharedSchemas = {
  Answer: {
    type: 'object',
    required: ['columns', 'rows', 'row_count', 'truncated', 'as_of', 'elapsed_ms'],
    properties: {
      columns: {
        type: 'array',
        items: {
          type: 'object',
          required: ['name', 'type'],
          properties: { name: { type: 'string' }, type: { type: 'string' } },
        },
      },
      rows: { type: 'array', items: { type: 'object' } },
      row_count: { type: 'integer' },
      truncated: { type: 'boolean', description: 'There are more rows than these.' },
      next_cursor: { type: ['string', 'null'], description: 'On a page of a table: the `cursor` of the next one.' },
      as_of: {
        type: 'object',
        required: ['view', 'datasets'],
        properties: { view: { enum: views }, datasets: { type: 'object', additionalProperties: ref('DatasetAsOf') } },
      },
      elapsed_ms: { type: 'number' },
    },
  },
  DatasetAsOf: {
    type: 'object',
    required: ['generation', 'tidemark', 'speed', 'stream_time', 'lag_ms'],
    properties: {
      generation: { type: 'integer' },
      tidemark: positions,
      speed: positions,
      lost: {
        type: 'object',
        description:
          'Only where there are any: offsets below `speed` that are in no answer, since the log deleted them before they were archived. By `topic/partition`, the newest twenty half-open ranges of each.',
        additionalProperties: { type: 'array', items: { type: 'array', items: { type: 'string' } } },
      },
      stream_time: { type: ['string', 'null'], format: 'date-time' },
      lag_ms: { type: 'integer' },
    },
  },
  Taken: {
    type: 'object',
    required: ['accepted', 'rejected', 'rejections', 'offsets'],
    properties: {
      accepted: { type: 'integer' },
      rejected: { type: 'integer' },
      rejections: {
        type: 'array',
        items: {
          type: 'object',
          required: ['line', 'reason'],
          properties: {
            line: { type: 'integer', description: 'Counted from 1; in an array it counts elements.' },
            reason: { type: 'string' },
          },
        },
      },
      offsets: {
        type: 'object',
        description: 'Pass it as `after` to read what was just sent.',
        additionalProperties: {
          type: 'object',
          required: ['first', 'next'],
          properties: { first: { type: 'string' }, next: { type: 'string' } },
        },
      },
    },
  },
  Problem: {
    type: 'object',
    description: 'RFC 9457.',
    required: ['type', 'title', 'status', 'code', 'detail', 'request_id'],
    properties: {
      type: { type: 'string', format: 'uri' },
      title: { type: 'string' },
      status: { type: 'integer' },
      code: { type: 'string' },
      detail: { type: 'string' },
      position: {
        type: 'object',
        description: 'Where in the SQL, from 1.',
        properties: { line: { type: 'integer' }, column: { type: 'integer' } },
      },
      request_id: { type: 'string' },
    },
  },
} as const
