import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { loadDatasets } from '../schemas/declare/load-datasets.ts'
import { rsvp } from '../schemas/rsvp/dataset.ts'
import { sensor } from '../schemas/sensor/dataset.ts'
import { datasetWords } from './tidy/dataset-words.ts'
import * as packages from './tidy/package-rules.ts'
import * as rooms from './tidy/room-rules.ts'
import * as rules from './tidy/source-rules.ts'
import { loadSources } from './tidy/source-file.ts'

const root = new URL('..', import.meta.url).pathname
const oldestNode = '20.19.0'
const homes = '/home'
const { datasets } = await loadDatasets()

const sourceRules = [
  {
    rule: rules.staysInLayer,
    breaks: [
      { path: 'speed/a.ts', text: "import { run } from '../batch/run.ts'" },
      { path: 'batch/a.ts', text: "import type { A } from '../speed/a.ts'" },
      { path: 'serving/routes/a.ts', text: "export { openLog } from '../../connectors/log.ts'" },
      { path: 'connectors/a.ts', text: "export const reader = await import('../serving/replica/reader.ts')" },
      { path: 'schemas/rsvp/a.ts', text: "export type Archive = import('../../batch/archive/archiver.ts').Archive" },
      { path: 'cli/a.ts', text: "import '../test/a.ts'" },
      { path: 'common/a.ts', text: 'export const a = 1' },
    ],
    follows: [
      { path: 'serving/routes/a.ts', text: "import { a } from '../a.ts'\nimport { b } from '../../schemas/b.ts'" },
      { path: 'cli/a.ts', text: "import { a } from '../batch/a.ts'\n// import '../test/a.ts'" },
    ],
  },
  {
    rule: rooms.importsLowerFloors,
    breaks: [
      { path: 'serving/replica/a.ts', text: "import { b } from '../routes/b.ts'" },
      { path: 'serving/answers/a.ts', text: "export type { B } from '../server.ts'" },
      { path: 'serving/feeds/a.ts', text: "import { b } from '../sql/b.ts'" },
      { path: 'connectors/a.ts', text: "import { b } from './kafka/b.ts'" },
      { path: 'cli/anteroom/a.ts', text: '' },
      { path: 'schemas/contract/a.ts', text: "import { b } from '../sql/b.ts'" },
      { path: 'schemas/ports/a.ts', text: "import { b } from '../declare/b.ts'" },
    ],
    follows: [
      { path: 'serving/routes/a.ts', text: "import { b } from '../replica/b.ts'\nimport { c } from './c.ts'" },
      { path: 'connectors/kafka/read/a.ts', text: "import { b } from '../b.ts'\nimport { c } from '../../log/c.ts'" },
      { path: 'cli/roles/a.ts', text: "import { b } from '../../serving/server.ts'" },
      { path: 'schemas/declare/a.ts', text: "import { b } from '../sql/b.ts'" },
      { path: 'schemas/rsvp/a.ts', text: "import { b } from '../declare/b.ts'" },
    ],
  },
  {
    rule: rules.takesItsNeeds,
    breaks: [
      { path: 'cli/roles/a.ts', text: "import type { Parts } from '../parts/parts.ts'" },
      { path: 'cli/parts/a.ts', text: "import { Parts } from './parts.ts'" },
    ],
    follows: [
      { path: 'cli/commands/query/a.ts', text: "import type { Parts } from '../../parts/parts.ts'" },
      { path: 'cli/roles/a.ts', text: "import type { Plumbing } from '../parts/plumbing.ts'" },
    ],
  },
  {
    rule: rules.leavesClientsToConnectors,
    breaks: [
      { path: 'batch/a.ts', text: "import { Kafka } from 'kafkajs'" },
      { path: 'cli/a.ts', text: "import type { S3Client } from '@aws-sdk/client-s3'" },
      { path: 'test/a.ts', text: "import { Kafka } from 'kafkajs'" },
    ],
    follows: [{ path: 'connectors/a.ts', text: "import { Kafka } from 'kafkajs'" }],
  },
  {
    rule: rules.importsByName,
    breaks: [{ path: 'cli/a.ts', text: 'export const load = (name: string) => import(name)' }],
    follows: [{ path: 'cli/a.ts', text: "export const load = () => import('./a.ts')" }],
  },
  {
    rule: rules.importsEndInTs,
    breaks: [
      { path: 'batch/a.ts', text: "import { b } from './b'" },
      { path: 'batch/a.ts', text: "export type { B } from './b.js'" },
    ],
    follows: [{ path: 'batch/a.ts', text: "import { b } from './b.ts'\nimport { z } from 'zod'" }],
  },
  {
    rule: rules.exportsNames,
    breaks: [{ path: 'batch/a.ts', text: 'export default 1' }],
    follows: [{ path: 'a.config.ts', text: 'export default 1' }],
  },
  {
    rule: rules.isShort,
    breaks: [
      { path: 'batch/a.ts', text: '//\n'.repeat(301) },
      { path: 'schemas/a/queries/a.sql', text: '--\n'.repeat(301) },
    ],
    follows: [
      { path: 'batch/a.ts', text: '//\n'.repeat(300) },
      { path: 'test/schemas/derived/a.fold.sql', text: '--\n'.repeat(301) },
    ],
  },
  {
    rule: rules.isNamedInKebabCase,
    breaks: [
      { path: 'batch/writeChunk.ts', text: '' },
      { path: 'batch/write_chunk.ts', text: '' },
    ],
    follows: [{ path: 'batch/write-chunk.test.ts', text: '' }],
  },
  {
    rule: rules.isFinished,
    breaks: [
      { path: 'batch/a.ts', text: '// TODO: later' },
      { path: 'schemas/rsvp/a.sql', text: '-- FIXME' },
    ],
    follows: [{ path: 'batch/a.ts', text: '// to do what the contract says' }],
  },
  {
    rule: rules.trustsTheCompiler,
    breaks: [
      { path: 'batch/a.ts', text: 'export const a = JSON.parse("1") as any' },
      { path: 'batch/a.ts', text: '// @ts-ignore\nexport const a = 1' },
      { path: 'batch/a.ts', text: '// oxlint-disable-next-line\nexport const a = 1' },
    ],
    follows: [{ path: 'batch/a.ts', text: 'export const a = "as any"' }],
  },
  {
    rule: rules.namesNoMachine,
    breaks: [{ path: 'batch/a.ts', text: `import { b } from '${homes}/me/b.ts'` }],
    follows: [{ path: 'batch/a.ts', text: "export const folder = '/dev/shm'" }],
  },
  {
    rule: rules.importsNoDataset,
    breaks: [
      { path: 'cli/a.ts', text: "import { sensor } from '../schemas/sensor/dataset.ts'" },
      { path: 'schemas/a.ts', text: "export type { Reading } from './sensor/contract.ts'" },
      { path: 'schemas/rsvp/a.ts', text: "import { feeds } from '../sensor/feeds.ts'" },
    ],
    follows: [
      { path: 'schemas/sensor/a.ts', text: "import { feeds } from './feeds.ts'\nimport { a } from '../a.ts'" },
      { path: 'test/a.ts', text: "import { sensor } from '../schemas/sensor/dataset.ts'" },
    ],
  },
  {
    rule: rules.knowsNoDataset(datasets.flatMap(datasetWords)),
    breaks: [
      { path: 'serving/dashboard/a.ts', text: 'export const label = `${row.temperature_c} °C`' },
      { path: 'connectors/a.ts', text: "export const first = { sensor_id: 's-0001', humidity: 40 }" },
      { path: 'speed/a.sql', text: 'SELECT max(seq) FROM reading' },
      { path: 'speed/a.ts', text: "export const sql = 'SELECT member_name FROM member'" },
      { path: 'schemas/a.ts', text: 'export const a = { rsvp_id: 1n }' },
      { path: 'serving/a.sql', text: 'SELECT count(*) FROM group_topic' },
      { path: 'cli/a.ts', text: 'export const path = `group.group_topics`' },
    ],
    follows: [
      { path: 'schemas/rsvp/a.ts', text: "export const sql = 'SELECT member_name FROM member'" },
      {
        path: 'speed/a.ts',
        text: "/** For example `rsvp_id`. */\nexport const sql = 'SELECT log_offset, reason FROM rejected'",
      },
    ],
  },
] as const

describe.each(sourceRules.map((entry) => ({ ...entry, name: entry.rule.name || 'knowsNoDataset' })))(
  '$name',
  ({ rule, breaks, follows }) => {
    it.each(breaks.map((file) => ({ ...file, title: file.text.slice(0, 60).trim() })))(
      'is broken by $path: $title',
      (file) => {
        expect(rule(file).join()).toContain(file.path)
      },
    )

    it.each(follows.map((file) => ({ ...file, title: file.text.slice(0, 60).trim() })))(
      'is kept by $path: $title',
      (file) => {
        expect(rule(file)).toEqual([])
      },
    )

    it('holds in every source file', async () => {
      const sources = await loadSources(root)
      expect(sources.map(({ path }) => path)).toEqual(
        expect.arrayContaining(['schemas/ports/log.ts', 'test/tidy.test.ts', 'vitest.config.ts']),
      )
      expect(sources.flatMap(rule)).toEqual([])
    })
  },
)

describe('no folder of ours holds more than twenty files', () => {
  const files = (count: number, folder: string) =>
    Array.from({ length: count }, (_, i) => ({ path: `${folder}/a-${i}.${i % 2 === 0 ? 'css' : 'test.ts'}` }))

  it('catches a folder of more, however many its neighbours hold', () => {
    expect(rooms.keepsFoldersSmall([...files(21, 'test/batch'), ...files(20, 'test')])).toEqual([
      'test/batch/: 21 files',
    ])
    expect(rooms.keepsFoldersSmall([...files(20, 'schemas/rsvp/queries'), ...files(20, 'schemas/rsvp')])).toEqual([])
  })

  it('holds', async () => {
    expect(rooms.keepsFoldersSmall(await loadSources(root))).toEqual([])
  })
})

describe('the words of a dataset', () => {
  it('are its tables, columns and fields, without what every dataset has', () => {
    expect(datasetWords(rsvp)).toEqual(
      expect.arrayContaining(['rsvp_id', 'group_topic', 'member_name', 'other_services', 'urlkey']),
    )
    expect(datasetWords(rsvp)).not.toContain('log_partition')
    expect(datasetWords(rsvp)).not.toContain('rsvp')
    expect(datasetWords(sensor)).toEqual(['humidity', 'last_reading_at', 'sensor_id', 'seq', 'temperature_c'])
  })
})

const packageRules = [
  { name: 'versions are exact', rule: packages.pinsVersions, manifest: { dependencies: { zod: '^4.0.0' } } },
  {
    name: 'packages admit the oldest Node',
    rule: packages.admitsNode(oldestNode),
    lockfile: { 'node_modules/cookie': { engines: { node: '>=22' } } },
  },
  {
    name: 'package.json admits the oldest Node',
    rule: packages.admitsNode(oldestNode),
    manifest: { engines: { node: '>=22' } },
  },
  {
    name: 'no install script is needed',
    rule: packages.needsNoInstallScript,
    lockfile: { 'node_modules/a': { hasInstallScript: true } },
  },
  {
    name: 'binaries of every platform are locked',
    rule: packages.locksEveryPlatform,
    lockfile: { 'node_modules/a': { optionalDependencies: { 'a-darwin-arm64': '1.0.0' } } },
  },
  {
    name: 'no registry is named',
    rule: packages.namesNoRegistry,
    lockfile: { 'node_modules/a': { resolved: 'http://mirror.example/a.tgz' } },
  },
]

describe.each(packageRules)('$name', ({ rule, ...planted }) => {
  it('catches a planted breach', () => {
    const files = {
      manifest: JSON.stringify({ engines: { node: '>=20.19' }, ...planted.manifest }),
      lockfile: JSON.stringify({ packages: { '': {}, ...planted.lockfile } }),
    }
    expect(rule(files)).toHaveLength(1)
  })

  it('holds', async () => {
    const [manifestText, lockfileText] = await Promise.all(
      ['package.json', 'package-lock.json'].map((name) => readFile(`${root}${name}`, 'utf8')),
    )
    expect(rule({ manifest: manifestText ?? '', lockfile: lockfileText ?? '' })).toEqual([])
  })
})
