import type { FoundTime } from '../infer/find-time.ts'
import type { Planned } from '../plan/plan-tables.ts'
import type { TablePlan } from '../plan/table-plan.ts'
import { memberLines, quoted, texts } from './source-text.ts'
import type { Block, Entry } from './source-text.ts'

export type DatasetOptions = {
  readonly name: string
  readonly topic: string
  readonly contract: string
  readonly description: string
  readonly time: FoundTime
  readonly planned: Planned
}

/** How long ago the newest event of a recording may be before the questions about now have no answer. */
const windowDefault = '7d'

/** Writes `dataset.ts`. */
export function datasetFile({ name, topic, contract, description, time, planned }: DatasetOptions): string {
  const { unit, path, others } = time
  const declared: readonly Entry[] = [
    ['name', quoted(name)],
    ['topic', quoted(topic)],
    ['description', quoted(description)],
    ['contract', contract],
    [
      'time',
      {
        entries: [
          ['path', quoted(path)],
          ...(unit === 's' || unit === 'us' ? [['unit', quoted(unit)] as const] : []),
          ['aheadMsMax', '60_000'],
        ],
        mayBeShort: true,
      },
      timeNotes(others),
    ],
    ['tables', { entries: planned.tables.map((table) => [table.name, tableBlock(table), table.notes]) }],
    ['queries', { entries: queries(planned) }],
    ['feeds', { entries: [['now', feed]] }],
    ['counts', '{}'],
    ['filters', '{}'],
  ]
  return [
    "import { defineDataset, loadSql } from 'tidemark'",
    `import { ${contract} } from './contract.ts'`,
    '',
    'export default defineDataset({',
    ...memberLines(declared, '  '),
    '  panels: [',
    ...panels(planned).flatMap((panel) => ['    {', ...memberLines(panel, '      '), '    },']),
    '  ],',
    '})',
    '',
  ].join('\n')
}

function timeNotes(others: readonly string[]): readonly string[] {
  const guessed = "The event's time, which decides what is newer: guessed from its name and its values."
  return [others.length === 0 ? guessed : `${guessed} Others that every event has: ${others.join(', ')}.`]
}

function tableBlock(table: TablePlan): Block {
  const { kind, owner, array, entries, when, key, distinct, columns, references } = table
  const optional: readonly (Entry | null)[] = [
    owner === undefined ? null : ['owner', quoted(owner.name)],
    array === undefined ? null : ['array', quoted(array)],
    entries === undefined ? null : ['entries', quoted(entries)],
    when === undefined
      ? null
      : [
          'when',
          {
            entries: [
              ['path', quoted(when.path)],
              ['in', texts(when.in)],
            ],
            mayBeShort: true,
          },
        ],
    ['key', texts(key)],
    distinct.length === 0 ? null : ['distinct', texts(distinct)],
    ['columns', { entries: columns.map((column) => [column.name, columnBlock(column)]) }],
    references.size === 0
      ? null
      : ['references', { entries: [...references].map(([column, to]) => [column, quoted(to)]), mayBeShort: true }],
  ]
  return { entries: [['kind', quoted(kind)], ...optional.filter((entry) => entry !== null)] }
}

function columnBlock({ path, type, from }: TablePlan['columns'][number]): Block {
  return {
    entries: [
      ['path', quoted(path)],
      ['type', quoted(type)],
      ...(from === undefined ? [] : [['from', quoted(from)] as const]),
    ],
    mayBeShort: true,
  }
}

function queries({ main }: Planned): readonly Entry[] {
  const limit = `{ type: 'integer', description: 'At most this many rows.', default: 50, minimum: 1, maximum: 1000 }`
  return [
    [
      'newest',
      {
        entries: [
          ['description', quoted(`The newest rows of ${main.table.name}.`)],
          ['sql', "loadSql(import.meta.url, 'queries/newest.sql')"],
          ['parameters', { entries: [['limit', limit]] }],
        ],
      },
    ],
    [
      'per-hour',
      {
        entries: [
          ['description', quoted(`Rows of ${main.table.name} per hour.`)],
          ['sql', "loadSql(import.meta.url, 'queries/per-hour.sql')"],
          [
            'parameters',
            {
              entries: [['window', `{ type: 'duration', description: 'How far back.', default: '${windowDefault}' }`]],
            },
          ],
        ],
      },
    ],
  ]
}

const feed: Block = {
  entries: [
    ['description', "'The newest rows, and how many came per hour.'"],
    ['answers', "{ newest: { query: 'newest' }, hours: { query: 'per-hour' } }"],
    ['parameters', '[]'],
  ],
}

function panels({ main }: Planned): readonly (readonly Entry[])[] {
  const shape = (kind: string, title: string, note: string, answer: string): readonly Entry[] => [
    ['kind', quoted(kind)],
    ['page', "'now'"],
    ['title', quoted(title)],
    ['note', quoted(note)],
    ['feed', "'now'"],
    ['answer', quoted(answer)],
  ]
  return [
    [
      ...shape('series', 'Per hour', `Rows of ${main.table.name} per hour.`, 'hours'),
      ['time', "'hour'"],
      ['values', "['events']"],
    ],
    [
      ...shape('list', 'Newest', `The newest rows of ${main.table.name}.`, 'newest'),
      ['columns', texts(shownColumns(main.table))],
    ],
  ]
}

const shownMax = 6

/** The columns that a list of rows has room for: the key, and others of single values. */
export function shownColumns({ columns }: TablePlan): readonly string[] {
  return columns
    .filter(({ type }) => type !== 'JSON')
    .slice(0, shownMax)
    .map(({ name }) => name)
}
