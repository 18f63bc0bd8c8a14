import type { Dataset, Feed, NamedQuery, Table } from './dataset.ts'
import { parametersTaken } from './feed-parameters.ts'
import { addressParameters, feedParameters, messageNames, readParameters, requireOwnName } from './reserved-words.ts'

/**
 * Throws a TypeError that names the first query, feed, count, filter or panel that refers to something that does not
 * exist.
 */
export function checkInterface(dataset: Dataset): void {
  const { queries, feeds, counts, filters, panels, tables } = dataset
  const fail: Fail = (what) => {
    throw new TypeError(what)
  }
  for (const [what, named] of Object.entries({ query: queries, feed: feeds, count: counts, filter: filters }))
    for (const name of Object.keys(named)) requireOwnName(`a ${what}`, name)
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
    if (addressParameters.includes(filter))
      fail(`a filter cannot be named ${filter}: the address of the dashboard has a parameter of that name`)
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

/** The caller gives these to every query, and the service the last. */
const ownParameters: ReadonlySet<string> = new Set([...readParameters, 'stream_time'])

function checkQuery(query: string, { sql, parameters }: NamedQuery, fail: Fail): void {
  if (!/^[a-z][a-z0-9-]*$/.test(query))
    fail(`a query's name is lower-case letters, digits and hyphens, ${query} is not`)
  const used = new Set([...sql.matchAll(/\$([A-Za-z_][A-Za-z0-9_]*)/g)].map(([, parameter]) => parameter ?? ''))
  for (const [parameter, { type, choices }] of Object.entries(parameters)) {
    requireOwnName(`${query}: a parameter`, parameter)
    if (!/^[a-z][a-z0-9_]*$/.test(parameter))
      fail(`${query}: a parameter's name is lower-case letters, digits and _, ${parameter} is not`)
    if (ownParameters.has(parameter)) fail(`${query} cannot have a parameter named ${parameter}, every query has one`)
    if (!used.has(parameter)) fail(`the SQL of ${query} does not use its parameter ${parameter}`)
    if ((type === 'choice') !== (choices !== undefined))
      fail(`${query}: ${parameter} has choices without being one, or the other way`)
  }
  for (const parameter of used)
    if (!Object.hasOwn(parameters, parameter) && parameter !== 'stream_time')
      fail(`the SQL of ${query} uses $${parameter}, which it does not declare`)
}

function checkFeed(feed: string, declared: Feed, queries: Dataset['queries'], fail: Fail): void {
  const { answers, parameters } = declared
  if (!/^[a-z][a-z0-9-]*$/.test(feed) || messageNames.includes(feed))
    fail(
      `a feed's name is lower-case letters, digits and hyphens, and not ${messageNames.join(' or ')}; ${feed} is none`,
    )
  for (const [answer, { query, parameters: fixed = {} }] of Object.entries(answers)) {
    requireOwnName(`${feed}: an answer`, answer)
    const asked = Object.hasOwn(queries, query) ? queries[query] : undefined
    if (asked === undefined) return fail(`${answer} of the feed ${feed} names a query ${query}`)
    for (const parameter of Object.keys(fixed))
      if (!Object.hasOwn(asked.parameters, parameter))
        fail(`${answer} of the feed ${feed} fixes ${parameter}, which ${query} does not take`)
  }
  const taken = feedParameters.find((parameter) => parameters.includes(parameter))
  if (taken !== undefined) fail(`the feed ${feed} cannot have a parameter named ${taken}, every feed has one`)
  for (const parameter of parameters)
    if (!Object.keys(answers).some((answer) => parametersTaken(declared, answer, queries).includes(parameter)))
      fail(`no answer of the feed ${feed} takes ${parameter}`)
}

function kindOf(tables: Readonly<Record<string, Table>>, table: string): Table['kind'] | undefined {
  return Object.hasOwn(tables, table) ? tables[table]?.kind : undefined
}

/** Throws a TypeError unless Kafka allows the name. Keys of the store are made of topics too. */
export function requireTopic(topic: string): void {
  if (/^[A-Za-z0-9._-]{1,249}$/.test(topic) && topic !== '.' && topic !== '..') return
  throw new TypeError(`the topic ${topic}: a topic's name is up to 249 letters, digits, ., _ and -`)
}
