import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { pino } from 'pino'
import { z } from 'zod'
import type { Count, Dataset, Feed, LatestTable, NamedQuery, SetTable } from '../../../schemas/declare/dataset.ts'
import { defineDataset } from '../../../schemas/declare/define-dataset.ts'
import type { DefinedDataset } from '../../../schemas/declare/define-dataset.ts'
import { every } from '../../../serving/feeds/every.ts'
import { FeedHub } from '../../../serving/feeds/feed-hub.ts'
import type { FeedNews } from '../../../serving/feeds/feed-news.ts'
import { feedRequest } from '../../../serving/feeds/feed-request.ts'
import type { Reader } from '../../../serving/replica/reader.ts'
import { checkSelect } from '../../../serving/sql/guard.ts'
import { openSqlParser } from '../../../serving/sql/parser.ts'
import { RunningSystem } from '../../support/running-system.ts'
import { feedLimits, openEngine, setUp } from '../../support/serve-fakes.ts'

/** Words that mean something in our paths, parameters, answers, messages, schemas and folders, and words of SQL and JavaScript. */
const words = [
  'sql status events main temp _state datasets feeds queries tables generations view limit cursor after format dataset',
  'batch speed merged rows base delta memory system log store archive raw chains manifests probe rejected layers',
  'problem open error message interval stream_time page count id key feed answers as_of state lost constructor',
  'select from order group table where user default index values duckdb_tables sqlite_master information_schema range',
]
  .join(' ')
  .split(' ')

/** A dataset with every word has a hundred tables, and each word is a dataset of its own: both are tried in part. */
const isThorough = process.env['CI'] === 'true'
const triedWords = words.filter((_, i) => isThorough || i % 8 === 0)
const triedDatasets = words.filter((_, i) => i % (isThorough ? 3 : 10) === 0)
const timeoutMs = 300_000

const numbered: NamedQuery = { description: '', sql: 'SELECT count(*) AS n FROM thing', parameters: {} }
const thing: LatestTable = {
  kind: 'latest',
  key: ['id'],
  columns: { id: { path: 'id', type: 'BIGINT' }, name: { path: 'name', type: 'VARCHAR' } },
}
const things: Count = { title: '', table: 'thing', where: 'true', naive: { table: 'thing', where: 'true' } }
const right: Dataset = {
  name: 'things',
  topic: 'things',
  description: 'Things.',
  contract: z.object({
    id: z.int(),
    at: z.int().min(0).max(1e12),
    name: z.string().nullish(),
    tags: z.array(z.object({ tag: z.string() })).nullish(),
  }),
  time: { path: 'at', aheadMsMax: 0 },
  tables: { thing },
  queries: { numbered },
  feeds: {},
  counts: { things },
  filters: {},
  panels: [],
}
const events = ['{"id":1,"at":1,"name":"old","tags":[{"tag":"a"}]}', '{"id":2,"at":1,"tags":[{"tag":"b"}]}']
const later = '{"id":1,"at":2,"name":"new","tags":[{"tag":"c"}]}'

/** A set of its own, whose columns are called by the word as well. */
function setNamed(word: string): SetTable {
  const columns = { id: { path: 'id', type: 'BIGINT' }, [word]: { path: '@.tag', type: 'VARCHAR' } } as const
  return { kind: 'set', owner: 'thing', array: 'tags', key: ['id'], distinct: [word], columns, mayDrop: true }
}

function withColumn(word: string): LatestTable {
  return { ...thing, columns: { ...thing.columns, [word]: { path: 'id', type: 'BIGINT' } } }
}

function keyedBy(word: string): LatestTable {
  return { ...thing, key: [word], columns: { [word]: { path: 'id', type: 'BIGINT' } } }
}

function feedOf(answers: Feed['answers'], parameters: readonly string[] = []): Feed {
  return { description: '', answers, parameters }
}

function askedBy(word: string): NamedQuery {
  const sql = `SELECT count(*) AS n FROM thing WHERE id = coalesce($${word}, id)`
  return { description: '', sql, parameters: { [word]: { type: 'integer', description: '' } } }
}

/** How each kind of name is declared, and the words that it cannot be. Every other word works. */
const kinds: Readonly<
  Record<string, { readonly declare: (word: string) => Partial<Dataset>; readonly refused: string }>
> = {
  dataset: {
    declare: (word) => ({ name: word, topic: word }),
    refused:
      'sql main temp _state limit memory system raw chains manifests probe stream_time as_of select from order group table ' +
      'where default duckdb_tables sqlite_master information_schema',
  },
  table: { declare: (word) => ({ tables: { thing, [word]: thing } }), refused: '_state rejected constructor' },
  set: {
    declare: (word) => ({ tables: { thing, [word]: setNamed(word) } }),
    refused: '_state rejected id constructor',
  },
  column: {
    declare: (word) => ({ tables: { thing: withColumn(word) } }),
    refused: '_state constructor',
  },
  key: {
    declare: (word) => ({ tables: { thing, keyed: keyedBy(word) } }),
    refused: '_state constructor',
  },
  query: {
    declare: (word) => ({ queries: { [word]: numbered } }),
    refused: '_state layers stream_time as_of constructor duckdb_tables sqlite_master information_schema',
  },
  parameter: {
    declare: (word) => ({ queries: { asked: askedBy(word) } }),
    refused: '_state view after format stream_time constructor',
  },
  feed: {
    declare: (word) => ({ feeds: { [word]: feedOf({ answer: { query: 'numbered' } }) } }),
    refused:
      '_state layers problem open error stream_time as_of constructor duckdb_tables sqlite_master information_schema',
  },
  answer: {
    declare: (word) => ({ feeds: { told: feedOf({ [word]: { query: 'numbered' } }) } }),
    refused: 'constructor',
  },
  "feed's parameter": {
    declare: (word) => ({
      queries: { asked: askedBy(word) },
      feeds: { told: feedOf({ answer: { query: 'asked' } }, [word]) },
    }),
    refused: '_state view after format interval stream_time constructor',
  },
  count: { declare: (word) => ({ counts: { [word]: things } }), refused: 'constructor' },
  filter: {
    declare: (word) => ({
      queries: { asked: askedBy(word) },
      feeds: { told: feedOf({ answer: { query: 'asked' } }, [word]) },
      filters: { [word]: { label: '' } },
    }),
    refused: '_state sql view after format dataset interval page count stream_time constructor',
  },
}

/** Each says what is wrong with the name, or what else has it. */
const reasons =
  /lower-case letters|letters, digits and _|every (dataset|query|feed) has|object of JavaScript has|is derived|dashboard has|names id twice|a word of SQL/

describe.each(Object.entries(kinds))('the name of a %s', (_kind, { declare, refused }) => {
  it('is refused at definition with its reason, or taken', () => {
    const faults = words.flatMap((word) => {
      const message = refusal(declare(word))
      return message === null ? [] : [{ word, message }]
    })
    expect(faults.map(({ word }) => word)).toEqual(words.filter((word) => refused.split(' ').includes(word)))
    for (const { message } of faults) expect(message).toMatch(reasons)
  })
})

function refusal(declared: Partial<Dataset>): string | null {
  try {
    defineDataset({ ...right, ...declared })
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function accepted(kind: string): readonly string[] {
  const { refused = '' } = kinds[kind] ?? {}
  return words.filter((word) => !refused.split(' ').includes(word))
}

function tried(kind: string): readonly string[] {
  return accepted(kind).filter((word) => triedWords.includes(word))
}

function each<T>(kind: string, of: (word: string) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(tried(kind).map((word) => [word, of(word)]))
}

describe('every other name works through both layers and every route', { timeout: timeoutMs }, () => {
  it('as the name of a table, a column, a key, a query, a parameter, a feed, an answer, a count or a filter', async () => {
    const asked = Object.fromEntries(tried('parameter').map((word, i) => [`asked-${i}`, askedBy(word)]))
    const answers = Object.fromEntries(Object.keys(asked).map((query) => [query, { query }]))
    await works({
      ...right,
      tables: {
        ...each('table', keyedBy),
        thing: { ...thing, columns: { ...thing.columns, ...each('column', () => ({ path: 'id', type: 'BIGINT' })) } },
      },
      queries: { ...asked, ...each('query', () => numbered), numbered },
      feeds: {
        ...each('feed', () => feedOf({ answer: { query: 'numbered' } })),
        told: feedOf(each('answer', () => ({ query: 'numbered' }))),
        filtered: feedOf(answers, tried("feed's parameter")),
      },
      counts: each('count', () => things),
      filters: each('filter', () => ({ label: '' })),
    })
  })

  it('as the name of a set', async () => {
    await works({ ...right, tables: { thing, ...each('set', setNamed) } })
  })

  it.each(accepted('dataset').filter((word) => triedDatasets.includes(word)))(
    'as the name of a dataset: %s',
    async (name) => {
      await works({ ...right, name, topic: name })
    },
  )
})

/** Sends events through both layers, and asks for everything that is declared. */
async function works(declared: Dataset): Promise<void> {
  const dataset = defineDataset(declared)
  const { app, feeds, close } = await serve(dataset)
  const get = async (url: string): Promise<{ columns: { name: string }[]; rows: Record<string, unknown>[] }> => {
    const response = await app.inject({ url: `/v1/${dataset.name}/${url}` })
    expect([url, response.statusCode]).toEqual([url, 200])
    return url.endsWith('=parquet') ? { columns: [], rows: [] } : response.json()
  }
  try {
    for (const [table, { columns }] of Object.entries(dataset.tables)) {
      const names = Object.keys(columns)
      await get(`tables/${table}?format=parquet`)
      const page = await get(`tables/${table}`)
      expect([table, page.columns.map(({ name }) => name)]).toEqual([table, names])
      expect([table, page.rows.length]).toEqual([table, table === 'rejected' ? 0 : 2])
      const sql = `SELECT ${names.map((name) => `"${name}"`).join(', ')} FROM ${dataset.name}."${table}"`
      const response = await app.inject({ url: '/v1/sql', method: 'POST', payload: { sql } })
      expect([sql, response.statusCode]).toEqual([sql, 200])
    }
    for (const [query, { parameters }] of Object.entries(dataset.queries)) {
      await get(`queries/${query}`)
      for (const parameter of Object.keys(parameters))
        expect((await get(`queries/${query}?${parameter}=2`)).rows).toEqual([{ n: 1 }])
    }
    for (const feed of Object.keys(dataset.feeds)) {
      const news = await firstNews(feeds, feedRequest(dataset, { feed, view: 'merged', values: new Map() }))
      expect([feed, news.kind, news.kind === 'state' && news.failed.size]).toEqual([feed, 'state', 0])
    }
    for (const url of ['/openapi.json', '/docs', '/v1/datasets', '/v1/status', '/readyz', '/metrics'])
      expect([url, (await app.inject({ url })).statusCode]).toEqual([url, 200])
    const posted = await app.inject({ url: `/v1/${dataset.name}/events`, method: 'POST', payload: { id: 3, at: 3 } })
    expect(posted.json()).toMatchObject({ accepted: 1, rejected: 0 })
  } finally {
    await close()
  }
}

function firstNews(feeds: FeedHub, request: ReturnType<typeof feedRequest>): Promise<FeedNews> {
  return new Promise((resolve) => {
    const take = (news: FeedNews): boolean => {
      resolve(news)
      return true
    }
    feeds.subscribe(request, { intervalMs: 250, take })
  })
}

/** The routes over a replica that has handed over once and holds a newer event. */
async function serve(dataset: DefinedDataset) {
  const system = await RunningSystem.open(dataset, 1)
  await system.append(events.map((line) => Buffer.from(line)))
  await system.archive()
  await system.run()
  await system.startReplica()
  await system.append([Buffer.from(later)])
  await system.catchUp()
  const [reader, parser] = [system.createReader(), await openSqlParser()]
  const tables = new Map([[dataset.name, Object.keys(dataset.tables)]])
  const sql: Reader = {
    status: () => reader.status(),
    async read(request) {
      checkSelect(await parser.parse(request.sql), request.sql, { tables, dataset: null })
      return await reader.read(request)
    },
  }
  const limits = { ...feedLimits, variantsMax: 1000 }
  const feeds = new FeedHub({ reader, limits, logger: pino({ level: 'silent' }), now: () => performance.now(), every })
  const { app } = await setUp({
    datasets: [dataset],
    reader,
    sql,
    feeds,
    log: system.log,
    verdicts: new Map([[dataset.name, { rejections: async () => [] }]]),
    parquet: { engine: await openEngine(), workFolder: tmpdir() },
  })
  const close = async (): Promise<void> => {
    await app.close()
    await feeds.close()
    parser.close()
    reader.close()
    await system.close()
  }
  return { app, feeds, close }
}
