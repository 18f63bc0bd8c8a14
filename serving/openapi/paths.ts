import { z } from 'zod'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { formatNames } from '../answers/answer-formats.ts'
import { feedIntervalMs } from '../feeds/feed-request.ts'
import { answerResponse, parameterSchema, ref, rowSchema } from './schemas.ts'
import type { Operation, ParameterObject, PathItem, Schema } from './types.ts'
import { views } from '../replica/reader.ts'
import { generationsLimit } from '../replica/generation.ts'
import { pageRowsDefault } from '../requests/table-page.ts'
import { sqlRequestSchema } from '../requests/sql-request.ts'
import type { SqlLimits } from '../requests/sql-request.ts'
import { packings } from '../events/unpack-body.ts'

const problem = { $ref: '#/components/responses/Problem' } as const
const notModified = { description: 'The answer that the caller holds is still the newest.' } as const

const readOptions: readonly ParameterObject[] = [
  parameter('view', 'Both layers merged, or one of them.', { enum: views, default: 'merged' }),
  parameter('after', 'JSON, the `offsets` that a POST of events returned: the answer waits until it covers them.', {
    type: 'string',
  }),
  parameter('format', 'Instead of the Accept header.', { enum: formatNames }),
]

export function datasetPaths(dataset: DefinedDataset, limits: SqlLimits): Readonly<Record<string, PathItem>> {
  const { name, tables, queries, feeds } = dataset
  return {
    [`/v1/${name}/events`]: { post: eventsOperation(dataset) },
    ...Object.fromEntries(
      Object.keys(tables).map((table) => [
        `/v1/${name}/tables/${table}`,
        { get: tableOperation(dataset, table, limits) },
      ]),
    ),
    ...Object.fromEntries(
      Object.keys(queries).map((query) => [`/v1/${name}/queries/${query}`, { get: queryOperation(dataset, query) }]),
    ),
    ...Object.fromEntries(
      Object.keys(feeds).map((feed) => [`/v1/${name}/feeds/${feed}`, { get: feedOperation(dataset, feed) }]),
    ),
    [`/v1/${name}/generations`]: { get: generationsOperation(dataset) },
  }
}

export function sharedPaths(limits: SqlLimits): Readonly<Record<string, PathItem>> {
  return {
    '/v1/sql': {
      post: {
        operationId: 'sql',
        tags: ['sql'],
        summary: 'One SELECT statement over the tables of every dataset.',
        parameters: readOptions.filter(({ name }) => name === 'format'),
        requestBody: {
          required: true,
          content: { 'application/json': { schema: sqlRequestSchema(limits) } },
        },
        responses: { 200: answerResponse({ type: 'object' }), default: problem },
      },
    },
    '/v1/status': { get: plain('status', 'How far every dataset is, and what it waits for.') },
    '/v1/datasets': {
      get: plain('datasets', 'The tables, queries, feeds and views there are, and what the dashboard shows of them.'),
    },
    '/metrics': { get: metricsOperation },
    '/livez': { get: { ...plain('livez', 'Whether the process answers.'), security: [] } },
    '/readyz': {
      get: {
        ...plain(
          'readyz',
          'Whether it answers questions; 503 says what it waits for. `part=events` asks whether it takes events, `part=sql` whether it answers ad-hoc SQL. `failing` says what fails, since when.',
        ),
        security: [],
      },
    },
  }
}

function eventsOperation({ name, contract, topic }: DefinedDataset): Operation {
  const event = z.toJSONSchema(contract, { io: 'input' })
  const taken = {
    description: 'The events are in the log, the rejected ones too.',
    content: { 'application/json': { schema: ref('Taken') } },
  }
  return {
    operationId: `${name}-events`,
    tags: [name],
    summary: `Appends events to ${topic}. Durable when answered.`,
    parameters: [
      {
        name: 'Content-Encoding',
        in: 'header',
        description: 'How the body is packed. Limits hold for what it unpacks to.',
        required: false,
        schema: { enum: ['identity', ...packings], default: 'identity' },
      },
    ],
    requestBody: {
      required: true,
      content: {
        'application/x-ndjson': { schema: { type: 'string', description: 'An event per line.' } },
        'application/json': { schema: { anyOf: [event, { type: 'array', items: event }] } },
      },
    },
    responses: { 200: taken, default: problem },
  }
}

function tableOperation({ name, tables }: DefinedDataset, table: string, { rowsMax }: SqlLimits): Operation {
  const declared = tables[table]
  const limit = { type: 'integer', minimum: 1, maximum: rowsMax, default: Math.min(pageRowsDefault, rowsMax) }
  return {
    operationId: `${name}-tables-${table}`,
    tags: [name],
    summary: `Rows of ${table} in the order of its key.`,
    parameters: [
      parameter('limit', 'Rows of a page.', limit),
      parameter('cursor', 'The `next_cursor` of the page before.', { type: 'string' }),
      ...readOptions,
    ],
    responses: {
      200: answerResponse(declared === undefined ? {} : rowSchema(declared)),
      304: notModified,
      default: problem,
    },
  }
}

function queryOperation({ name, queries }: DefinedDataset, query: string): Operation {
  const { description = '', parameters = {} } = queries[query] ?? {}
  const declared = Object.entries(parameters).map(([each, of]) => parameter(each, of.description, parameterSchema(of)))
  return {
    operationId: `${name}-queries-${query}`,
    tags: [name],
    summary: description,
    parameters: [...declared, ...readOptions],
    responses: { 200: answerResponse({ type: 'object' }), 304: notModified, default: problem },
  }
}

function feedOperation({ name, feeds, queries }: DefinedDataset, feed: string): Operation {
  const { description = '', answers = {}, parameters = [] } = feeds[feed] ?? {}
  const declared = parameters.flatMap((each) => {
    const of = Object.values(answers).flatMap(({ query }) => queries[query]?.parameters[each] ?? [])[0]
    return of === undefined ? [] : [parameter(each, of.description, parameterSchema(of))]
  })
  const { min, max, default: otherwise } = feedIntervalMs
  const interval = `At most one message in this time: a duration from ${min} ms to ${max} ms.`
  const messages = {
    description:
      'Server-sent events: one of the feed’s name with `{"feed","as_of","answers"}` at once and whenever an answer changed (`errors` says by answer what made one fail that the others do not need), `problem` with an RFC 9457 problem while there is none. `Last-Event-ID` goes on where a client stopped.',
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  }
  return {
    operationId: `${name}-feeds-${feed}`,
    tags: [name],
    summary: description,
    parameters: [
      ...declared,
      ...readOptions.filter((option) => option.name === 'view'),
      parameter('interval', interval, { type: 'string', default: `${otherwise}ms` }),
    ],
    responses: { 200: messages, default: problem },
  }
}

function generationsOperation({ name }: DefinedDataset): Operation {
  const { min: minimum, max: maximum, otherwise } = generationsLimit
  return {
    ...plain(
      `${name}-generations`,
      'What the batch layer has committed, newest first: when, how long it took, its size.',
    ),
    tags: [name],
    parameters: [parameter('limit', 'How many.', { type: 'integer', minimum, maximum, default: otherwise })],
  }
}

const metricsOperation: Operation = {
  operationId: 'metrics',
  tags: ['service'],
  summary: 'What Prometheus scrapes. Needs a key where others do.',
  responses: {
    200: { description: "Prometheus' text format.", content: { 'text/plain': { schema: { type: 'string' } } } },
    default: problem,
  },
}

function plain(operationId: string, summary: string): Operation {
  const content = { 'application/json': { schema: { type: 'object' } } }
  return {
    operationId,
    tags: ['service'],
    summary,
    responses: { 200: { description: 'JSON.', content }, default: problem },
  }
}

function parameter(name: string, description: string, schema: Schema): ParameterObject {
  return { name, in: 'query', description, required: false, schema }
}
