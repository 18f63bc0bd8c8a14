import { readdir } from 'node:fs/promises'
import { afterEach, expect, it } from 'vitest'
import { z } from 'zod'
import { openDuckDb } from '../../../connectors/engine/duckdb-engine.ts'
import type { Column } from '../../../schemas/declare/dataset.ts'
import { defineDataset } from '../../../schemas/declare/define-dataset.ts'
import { loadDatasets } from '../../../schemas/declare/load-datasets.ts'
import { reservedWords, rooms } from '../../../schemas/declare/reserved-words.ts'
import { pageSql } from '../../../serving/requests/table-page.ts'
import { RunningSystem } from '../../support/running-system.ts'

/** Words of SQL, and names that the derived SQL has for itself. */
const hostile =
  'select order group offset partition timestamp reason event value element rowid text types staged w c s b o e'.split(
    ' ',
  )

let system: RunningSystem | undefined
afterEach(async () => {
  await system?.close()
  system = undefined
})

it('names of tables and columns that are words of SQL work through both layers', async () => {
  const id: Column = { path: 'id', type: 'BIGINT' }
  const columns = {
    id,
    ...Object.fromEntries(hostile.map((name) => [name, { path: 'name', type: 'VARCHAR' }] as const)),
  }
  const dataset = defineDataset({
    name: 'things',
    topic: 'things',
    description: 'Things.',
    contract: z.object({ id: z.int(), at: z.int().min(0).max(1e12), name: z.string().nullish() }),
    time: { path: 'at', aheadMsMax: 0 },
    tables: Object.fromEntries(hostile.map((name) => [name, { kind: 'latest', key: ['id'], columns } as const])),
    queries: {},
    feeds: {},
    counts: {},
    filters: {},
    panels: [],
  })
  system = await RunningSystem.open(dataset, 1)
  await system.append(['{"id":1,"at":1,"name":"old"}', '{"id":2,"at":1}'].map((line) => Buffer.from(line)))
  await system.archive()
  await system.run()
  await system.startReplica()
  await system.append([Buffer.from('{"id":1,"at":2,"name":"new"}')])
  await system.catchUp()
  const reader = system.createReader()
  for (const table of hostile) {
    const page = pageSql({ dataset, table, limit: 10, cursor: null })
    const limits = { rowsMax: 10, bytesMax: 1e6, timeoutMs: 60_000 }
    const { rows } = await reader.read({ ...page, dataset: 'things', view: 'merged', after: new Map(), ...limits })
    expect(rows, table).toEqual([
      [1, ...hostile.map(() => 'new')],
      [2, ...hostile.map(() => null)],
    ])
  }
  reader.close()
})

it('a dataset cannot have a name that SQL would have to quote, and may have any other word', async () => {
  const engine = await openDuckDb({ memoryBytesMax: 256 * 1024 * 1024, threads: 1, spillFolder: '' })
  const session = await engine.connect()
  try {
    const keywords = await session.rows(
      'SELECT keyword_name AS word FROM duckdb_keywords() UNION SELECT database_name FROM duckdb_databases() UNION SELECT schema_name FROM duckdb_schemas()',
    )
    for (const word of keywords.map((row) => String(row['word'])).filter((each) => /^[a-z]+$/.test(each))) {
      const isWritable = await Promise.resolve()
        .then(() => session.run(`CREATE SCHEMA ${word}`))
        .then(() => session.run(`CREATE TABLE ${word}.line AS SELECT 1 AS a`))
        .then(() => session.run(`FROM ${word}.line`))
        .then(
          () => true,
          () => false,
        )
      expect([word, reservedWords.has(word)]).toEqual([word, !isWritable || rooms.includes(word)])
    }
  } finally {
    session.close()
    engine.close()
  }
})

it('a dataset cannot have the name of a room of schemas/, and every other folder there is a dataset', async () => {
  const entries = await readdir(new URL('../../../schemas', import.meta.url), { withFileTypes: true })
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  const { datasets } = await loadDatasets()
  expect(folders.toSorted()).toEqual([...rooms, ...datasets.map(({ name }) => name)].toSorted())
  for (const room of rooms) expect(reservedWords.has(room)).toBe(true)
})
