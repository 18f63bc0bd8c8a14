import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openDuckDb } from '../../../connectors/engine/duckdb-engine.ts'
import type { Session } from '../../../schemas/ports/engine.ts'
import type { DefinedDataset } from '../../../schemas/declare/define-dataset.ts'
import { rsvp } from '../../../schemas/rsvp/dataset.ts'
import { sensor } from '../../../schemas/sensor/dataset.ts'
import { derivedSql, steps, tablesReadSql } from './derived-sql.ts'
import type { Step } from './derived-sql.ts'
import { formatSql, tokensOf } from './format-sql.ts'

const command = 'npm run derive'

describe.each([rsvp, sensor])('the SQL derived for $name', (dataset) => {
  it.each(steps)('is the reviewed one: %s', async (step) => {
    const changed = `The derived SQL has changed. If that is meant, run \`${command}\` and review its diff`
    await expect(fileText(dataset, step), changed).toMatchFileSnapshot(`./${dataset.name}.${step}.sql`)
  })

  it('names the functions that derive it', async () => {
    for (const { by, file } of Object.values(derivedSql(dataset)).flat())
      expect(await readFile(new URL(`../../../${file}`, import.meta.url), 'utf8')).toContain(`export function ${by}(`)
  })

  it('means the same to the engine when it is laid out', async () => {
    await withSession(async (session) => {
      for (const sql of tablesReadSql(dataset)) await session.run(sql)
      for (const sql of statementsOf(dataset)) {
        // The derived queries, which come last, leave the view of a table open.
        if (sql === derivedSql(dataset).queries[0]?.statements[0])
          await session.run(`SET search_path = '${dataset.name}'`)
        const formatted = formatSql(sql)
        expect(tokensOf(formatted)).toEqual(tokensOf(sql))
        await session.run(sql.startsWith('CREATE ') ? formatted : `EXPLAIN ${formatted}`)
      }
    })
  })
})

it.each([
  ["SELECT 'a  b'", "SELECT 'a b'"],
  ['SELECT a >= b', 'SELECT a > = b'],
  ['SELECT "a b"', 'SELECT a b'],
  ['SELECT ab', 'SELECT a b'],
])('tells %s from %s', (one, other) => {
  expect(tokensOf(one)).not.toEqual(tokensOf(other))
})

function fileText(dataset: DefinedDataset, step: Step): string {
  const sections = derivedSql(dataset)[step].map(
    ({ by, file, does, statements }) =>
      `-- Derived by \`${by}\` (${file}).\n-- ${does}\n\n${statements.map((sql) => `${formatSql(sql)};\n`).join('\n')}`,
  )
  const opening = `-- SQL derived from the declaration in schemas/${dataset.name}/, laid out for review. \`${command}\` writes this file.`
  return [opening, ...sections].join('\n\n')
}

function statementsOf(dataset: DefinedDataset): readonly string[] {
  const derived = derivedSql(dataset)
  return steps.flatMap((step) => derived[step].flatMap(({ statements }) => statements))
}

async function withSession(use: (session: Session) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-derived-'))
  const engine = await openDuckDb({ memoryBytesMax: 2 ** 28, threads: 1, spillFolder: folder })
  try {
    await use(await engine.connect())
  } finally {
    engine.close()
    await rm(folder, { recursive: true, force: true })
  }
}
