import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { mermaidDiagram } from '../../../cli/commands/datasets/diagram.ts'
import { loadDatasets } from '../../../schemas/declare/load-datasets.ts'
import { referencesOf } from '../../../schemas/declare/references.ts'
import { rsvp } from '../../../schemas/rsvp/dataset.ts'
import { tableInfo } from '../../../serving/answers/table-info.ts'
import type { TableInfo } from '../../../serving/answers/table-info.ts'
import { Tidemark } from '../run-tidemark.ts'

let tidemark: Tidemark
beforeEach(async () => {
  tidemark = await Tidemark.open()
})
afterEach(async () => {
  await tidemark.close()
})

describe('tidemark datasets', () => {
  it('lists every dataset with its tables, their keys and what they refer to', async () => {
    const { code, stdout } = await tidemark.run('datasets')
    expect(code).toBe(0)
    for (const { name, topic, description, tables } of (await loadDatasets()).datasets) {
      expect(stdout).toMatch(
        new RegExp(`^${name}(, the default)?\\n {2}${description.slice(0, 12)}.*\\n {2}topic ${topic}$`, 'm'),
      )
      for (const table of Object.keys(tables))
        expect(stdout).toMatch(new RegExp(`^ {2}${table} +(latest|set|append) `, 'm'))
    }
    expect(stdout).toMatch(/^ {2}group_topic +set +group_id, urlkey +2 {2}a set of groups, urlkey to topic\.urlkey$/m)
    expect(stdout).toMatch(/^ {2}member +latest +member_id +3$/m)
  })

  it('says the same as JSON, of one dataset if it is named', async () => {
    expect(await tidemark.json('datasets', '--dataset', 'rsvp', '--json')).toEqual([
      {
        dataset: 'rsvp',
        topic: 'rsvp',
        description: rsvp.description,
        is_default: true,
        declaration: rsvp.hash,
        tables: Object.entries(rsvp.tables).map(([name, table]) => tableInfo(name, table)),
        queries: expect.arrayContaining(['layers', 'broken-references']),
        feeds: expect.arrayContaining(['now']),
        problems: [],
      },
    ])
  })

  it('draws every table, column, reference and owner of all datasets', async () => {
    const { stdout } = await tidemark.run('datasets', '--diagram')
    expect(lineFaults(stdout)).toEqual([])
    const { datasets } = await loadDatasets()
    for (const { name, tables } of datasets) {
      for (const [table, { columns }] of Object.entries(tables)) {
        const block = stdout.split(`  "${name}.${table}" {\n`)[1]?.split('\n  }\n')[0]?.split('\n') ?? []
        expect(block.map((line) => line.trim().split(' ').slice(0, 2))).toEqual(
          Object.entries(columns).map(([column, { type }]) => [type, column]),
        )
      }
      for (const { table, column, to } of referencesOf(tables))
        expect(stdout).toContain(`  "${name}.${to.table}" |o..o{ "${name}.${table}" : "${column}"\n`)
    }
    expect(stdout).toContain('  "rsvp.groups" ||--o{ "rsvp.group_topic" : "owns"\n')
  })

  it('draws one dataset alone, and takes one form at a time', async () => {
    const { stdout } = await tidemark.run('datasets', '--dataset', 'sensor', '--diagram')
    expect(stdout).toContain('"sensor.reading" {')
    expect(stdout).not.toContain('"rsvp.')
    await expect(tidemark.run('datasets', '--json', '--diagram')).rejects.toThrow(/cannot be used with/)
  })
})

describe('the diagram', () => {
  const city: TableInfo = {
    name: 'city',
    kind: 'latest',
    key: ['city'],
    columns: [{ name: 'city', type: 'VARCHAR' }],
    owner: null,
    references: {},
  }

  it('marks keys and what refers to keys, and draws at most one row for each row that it describes', () => {
    const mayor = { ...city, name: 'mayor', references: { city: 'city.city' } }
    const street: TableInfo = {
      ...city,
      name: 'street',
      kind: 'set',
      key: ['city', 'street'],
      columns: [...city.columns, { name: 'street', type: 'VARCHAR' }, { name: 'length', type: 'DOUBLE' }],
      owner: 'city',
    }
    expect(mermaidDiagram([{ name: 'map', tables: [city, mayor, street] }])).toBe(`erDiagram
  "map.city" {
    VARCHAR city PK
  }
  "map.mayor" {
    VARCHAR city PK, FK
  }
  "map.street" {
    VARCHAR city PK, FK
    VARCHAR street PK
    DOUBLE length
  }
  "map.city" |o..o| "map.mayor" : "city"
  "map.city" ||--o{ "map.street" : "owns"
`)
  })

  it('writes what Mermaid cannot take otherwise, and says beside it what it is', () => {
    const columns = [
      { name: 'price', type: 'DECIMAL(12,2)' },
      { name: 'tags', type: 'VARCHAR[]' },
      { name: 'both', type: 'STRUCT("a" INTEGER)' },
      { name: 'pk', type: 'BIGINT' },
      { name: 'Fk', type: 'DECIMAL(4, 1)[]' },
      { name: 'uk_id', type: 'BIGINT' },
    ]
    const text = mermaidDiagram([{ name: 'shop', tables: [{ ...city, name: 'to', columns }] }])
    expect(lineFaults(text)).toEqual([])
    expect(text.split('\n').slice(2, -2)).toEqual([
      '    DECIMAL(12_2) price "DECIMAL(12,2)"',
      '    VARCHAR[] tags',
      `    STRUCT(_a__INTEGER) both "STRUCT('a' INTEGER)"`,
      '    BIGINT pk_ "pk"',
      '    DECIMAL(4__1)[] Fk_ "Fk DECIMAL(4, 1)[]"',
      '    BIGINT uk_id',
    ])
  })

  it.each([
    'a type with a comma: DECIMAL(12,2) price',
    'a name that marks a key: BIGINT pk',
    'a name without quotes: map.city {',
    'no column: "map.city" |o..o{ "map.street"',
  ])('is not taken for right with %s', (planted) => {
    expect(lineFaults(`erDiagram\n  ${planted.slice(planted.indexOf(': ') + 2)}\n`)).toHaveLength(1)
  })
})

/** The lines that Mermaid's grammar (erDiagram.jison) does not take, of all its versions that know quoted names. */
function lineFaults(diagram: string): readonly string[] {
  const name = String.raw`"[^"%\r\n\v\\]+"`
  const word = String.raw`(?!(?:pk|fk|uk)\b)[*a-z_][\w\-[\]()]*`
  const lines = [
    'erDiagram',
    String.raw`${name} \{`,
    `${word} ${word}( (PK|FK|UK)(, (PK|FK|UK))*)?( "[^"]*")?`,
    String.raw`\}`,
    String.raw`${name} (\|\||\|o|\}o)(--|\.\.)(\|\||o\||o\{) ${name} : ${name}`,
  ]
  const grammar = new RegExp(`^ *(${lines.map((line) => `(${line})`).join('|')})$`, 'i')
  return diagram
    .trimEnd()
    .split('\n')
    .filter((line) => !grammar.test(line))
}
