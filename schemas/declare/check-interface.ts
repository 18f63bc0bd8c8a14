import { requireTopic } from './check-topic.ts'
import type { Dataset, Feed, NamedQuery, Table } from './dataset.ts'
import { parametersTaken } from './feed-parameters.ts'

/** Throws a TypeError that names the first query, feed, count, filter or panel that refers to something there is not. */
export function checkInterface(dataset: Dataset): void {
  const { queries, feeds, counts, filters, panels, tables } = dataset
  const fail: Fail = (what) => {
    throw new TypeError(what)
  }
  for (const [query, declared] of Object.entries(queries)) checkQuery(query, declared, fail)
  if (dataset.generator !== undefined && ['http', 'https', 'ws', 'wss', 's3'].includes(dataset.name))
    fail(`it cannot have a generator: ${dataset.name}:// is a source`)
  for (const [feed, declared] of Object.entries(feeds)) {
    checkFeed(feed, declared, queries, fail)
    if (declared.publish === undefined) continue
    requireTopic(declared.publish.topic)
    if (declared.publish.topic === dataset.topic)
      fail(`the feed ${feed} cannot be published to ${dataset.topic}, where the events are`)
  }
  for (const [count, { table, naive }] of Object.entries(counts)) {
    if (kindOf(tables, table) === undefined || kindOf(tables, table) === 'set')
      fail(`the count ${count} needs a table with one row per key, ${table} is none`)
    if (kindOf(tables, naive.table) === undefined) fail(`the count ${count} names a table ${naive.table}`)
  }
  for (const [filter, { suggest }] of Object.entries(filters)) {
    if (!Object.values(feeds).some(({ parameters }) => parameters.includes(filter)))
      fail(`no feed takes the filter ${filter}`)
    if (suggest !== undefined && queries[suggest.query]?.parameters['text'] === undefined)
      fail(`the filter ${filter} needs a query with a parameter text, ${suggest.query} is none`)
  }
  for (const { title, feed, answer, ...panel } of panels) {
    if (feeds[feed]?.answers[answer] === undefined) fail(`the panel ${title} names ${answer} of the feed ${feed}`)
    for (const filter of Object.keys(('sets' in panel && panel.sets) || {}))
      if (!Object.hasOwn(filters, filter)) fail(`the panel ${title} sets ${filter}, which is no filter`)
  }
}

type Fail = (what: string) => never

function checkQuery(query: string, { sql, parameters }: NamedQuery, fail: Fail): void {
  if (!/^[a-z][a-z0-9-]*$/.test(query))
    fail(`a query's name is lower-case letters, digits and hyphens, ${query} is not`)
  const used = new Set([...sql.matchAll(/\$([A-Za-z_][A-Za-z0-9_]*)/g)].map(([, parameter]) => parameter ?? ''))
  for (const [parameter, { type, choices }] of Object.entries(parameters)) {
    if (!/^[a-z][a-z0-9_]*$/.test(parameter))
      fail(`${query}: a parameter's name is lower-case letters, digits and _, ${parameter} is not`)
    if (parameter === 'stream_time') fail(`${query} cannot have a parameter named stream_time, every query has one`)
    if (!used.has(parameter)) fail(`the SQL of ${query} does not use its parameter ${parameter}`)
    if ((type === 'choice') !== (choices !== undefined))
      fail(`${query}: ${parameter} has choices without being one, or the other way`)
  }
  for (const parameter of used)
    if (parameters[parameter] === undefined && parameter !== 'stream_time')
      fail(`the SQL of ${query} uses $${parameter}, which it does not declare`)
}

function checkFeed(feed: string, declared: Feed, queries: Dataset['queries'], fail: Fail): void {
  const { answers, parameters } = declared
  if (!/^[a-z][a-z0-9-]*$/.test(feed) || feed === 'problem')
    fail(`a feed's name is lower-case letters, digits and hyphens, and not problem; ${feed} is none`)
  for (const [answer, { query, parameters: fixed = {} }] of Object.entries(answers)) {
    const asked = queries[query]
    if (asked === undefined) return fail(`${answer} of the feed ${feed} names a query ${query}`)
    for (const parameter of Object.keys(fixed))
      if (asked.parameters[parameter] === undefined)
        fail(`${answer} of the feed ${feed} fixes ${parameter}, which ${query} does not take`)
  }
  for (const parameter of parameters)
    if (!Object.keys(answers).some((answer) => parametersTaken(declared, answer, queries).includes(parameter)))
      fail(`no answer of the feed ${feed} takes ${parameter}`)
}

function kindOf(tables: Readonly<Record<string, Table>>, table: string): Table['kind'] | undefined {
  return tables[table]?.kind
}
