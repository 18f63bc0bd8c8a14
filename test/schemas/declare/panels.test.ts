import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FeedAnswer } from '../../../schemas/declare/dataset.ts'
import type { DefinedDataset } from '../../../schemas/declare/define-dataset.ts'
import { panelColumns } from '../../../schemas/declare/panel-columns.ts'
import { loadDatasets } from '../../../schemas/declare/load-datasets.ts'
import { findFeed, findQuery } from '../../../serving/requests/find-named.ts'
import { parameterCells } from '../../../serving/requests/parameters.ts'
import { views } from '../../../serving/replica/reader.ts'
import type { View } from '../../../serving/replica/reader.ts'
import type { ReplicaReader } from '../../../serving/replica/replica-reader.ts'
import { RunningSystem } from '../../support/running-system.ts'

const limits = { rowsMax: 1000, bytesMax: 1e6, timeoutMs: 60_000 }
const { datasets } = await loadDatasets()

describe.each(datasets)('what $name declares', (dataset) => {
  let system: RunningSystem
  let reader: ReplicaReader
  beforeAll(async () => {
    system = await RunningSystem.open(dataset, 1)
    await system.startReplica()
    reader = system.createReader()
  })
  afterAll(async () => {
    reader.close()
    await system.close()
  })

  /** The columns of the answer, before the first event. */
  async function columnsOf(
    { query: name, parameters = {} }: FeedAnswer,
    given: Readonly<Record<string, string>> = {},
    view: View = 'merged',
  ): Promise<readonly string[]> {
    const query = findQuery(dataset, name)
    const params = parameterCells(query, new Map(Object.entries({ ...given, ...parameters })))
    const asked = { sql: query.sql, params, view, dataset: dataset.name, after: new Map(), ...limits }
    return (await reader.read(asked)).columns.map((column) => column.name)
  }

  it.each(Object.keys(dataset.queries))('the query %s answers under every view', async (query) => {
    const [merged, batch, speed] = await Promise.all(views.map((view) => columnsOf({ query }, {}, view)))
    expect(merged).not.toEqual([])
    expect([batch, speed]).toEqual([merged, merged])
  })

  it.each(answersOf(dataset))(
    'the answer $answer of the feed $feed takes what it fixes and what it is given',
    async (told) => {
      const { parameters } = findQuery(dataset, told.declared.query)
      const given = told.given.filter((name) => parameters[name]?.type === 'text').map((name) => [name, 'x'])
      expect(await columnsOf(told.declared, Object.fromEntries(given))).not.toEqual([])
    },
  )

  it.each(dataset.panels)('the panel "$title" shows columns of its answer', async (panel) => {
    const answer = findFeed(dataset, panel.feed).answers[panel.answer]
    if (answer === undefined) throw new TypeError(`the feed ${panel.feed} has no answer ${panel.answer}`)
    expect(await columnsOf(answer)).toEqual(expect.arrayContaining([...panelColumns(panel)]))
  })

  it.each(settingPanels(dataset))('a click on the panel "$title" sets filters that there are', ({ sets }) => {
    expect(Object.keys(dataset.filters)).toEqual(expect.arrayContaining([...sets]))
  })

  it.each(suggestions(dataset))('the filter $filter suggests a column of its query', async ({ suggest, column }) => {
    expect(await columnsOf(suggest, { text: 'x' })).toContain(column)
  })
})

it('every example runs in a console that has all datasets', async () => {
  const [first, ...others] = datasets
  if (first === undefined) throw new TypeError('there is no dataset')
  const host = await RunningSystem.open(first, 1)
  await host.startReplica()
  const beside: RunningSystem[] = []
  try {
    for (const dataset of others) {
      const system = await host.openBeside(dataset)
      beside.push(system)
      await system.startReplica()
    }
    const reader = host.createReader(beside)
    for (const { title, sql } of datasets.flatMap(({ examples = [] }) => examples)) {
      const asked = { sql, params: {}, view: 'merged', dataset: null, after: new Map(), ...limits } as const
      expect((await reader.read(asked)).columns, title).not.toEqual([])
    }
    reader.close()
  } finally {
    for (const system of beside) await system.close()
    await host.close()
  }
})

it('no example leaves open which dataset it means', () => {
  const tables = datasets.flatMap((dataset) => Object.keys(dataset.tables))
  const shared = tables.filter((table, n) => tables.indexOf(table) !== n)
  const leavesOpen = (sql: string) => shared.filter((table) => new RegExp(`(FROM|JOIN)\\s+${table}\\b`, 'i').test(sql))
  expect(datasets.flatMap(({ examples = [] }) => examples.flatMap(({ sql }) => leavesOpen(sql)))).toEqual([])
})

function answersOf({ feeds }: DefinedDataset) {
  return Object.entries(feeds).flatMap(([feed, { answers, parameters }]) =>
    Object.entries(answers).map(([answer, declared]) => ({ feed, answer, declared, given: parameters })),
  )
}

function settingPanels({ panels }: DefinedDataset) {
  return panels.flatMap((panel) =>
    'sets' in panel && panel.sets !== undefined ? [{ title: panel.title, sets: Object.keys(panel.sets) }] : [],
  )
}

function suggestions({ filters }: DefinedDataset) {
  return Object.entries(filters).flatMap(([filter, { suggest }]) =>
    suggest === undefined ? [] : [{ filter, suggest, column: suggest.column }],
  )
}
