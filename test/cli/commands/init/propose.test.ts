import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeJudged, judgeSample } from '../../../../cli/commands/check/judge-sample.ts'
import { parseWritten } from '../../../../cli/commands/init/infer/written-json.ts'
import { propose } from '../../../../cli/commands/init/propose.ts'
import { writeFiles } from '../../../../cli/commands/init/write-files.ts'
import { planDataset } from '../../../../cli/parts/plan-datasets.ts'
import { openDuckDb } from '../../../../connectors/engine/duckdb-engine.ts'
import { explain, loadDatasets } from '../../../../schemas/declare/load-datasets.ts'
import { throwBriefly } from '../../../oracle/throw-briefly.ts'
import { OwnersFolder } from '../../../support/owned-datasets.ts'

let owner: OwnersFolder
let written = 0
beforeAll(async () => {
  owner = await OwnersFolder.open()
})
afterAll(async () => {
  await owner.remove()
})

/** Proposes a dataset for these events, writes, loads and plans it, and says what the verdict says of the events. */
async function verdictOn(texts: readonly string[]): Promise<string> {
  written += 1
  const folder = join(owner.path, `d${written}`)
  const events = texts.map((text) => parseWritten(text)).filter((event) => event !== undefined)
  const { files } = propose(events, { name: 'made', origin: 'nowhere' })
  await writeFiles({ folder, files, mayOverwrite: false })
  const { datasets, leftOut } = await loadDatasets(join(folder, 'dataset.ts'))
  const [dataset] = datasets
  if (dataset === undefined) return leftOut.map(explain).join('; ')
  const openEngine = () => openDuckDb({ memoryBytesMax: 500_000_000, threads: 1, spillFolder: join(folder, 'spill') })
  const [fault] = await planDataset(dataset, openEngine)
  if (fault !== undefined) return explain(fault)
  const lines = texts.map((text) => Buffer.from(text))
  return describeJudged(await judgeSample(dataset, lines, openEngine)).join('\n')
}

const oddNames = [
  '',
  'A',
  'a',
  'from',
  'group',
  'Order',
  'a.b',
  "it's",
  'x"y',
  '`',
  '@index',
  '$partition',
  '[]',
  '\\',
  '\n',
]
const refusedNames = ['constructor', '__proto__', 'toString', '\ud800', 'nul\0']
const tellingNames = [
  'id',
  'order_id',
  'customerId',
  'customer',
  'lines',
  'position',
  'type',
  'price',
  'created_at',
  'ts',
]
const names = fc.oneof(
  fc.constantFrom(...oddNames, ...refusedNames, ...tellingNames, 'rejected', 'value', 'made', '日本', 'ü', '1', '2'),
  fc.string({ unit: 'binary', maxLength: 4 }),
)
const texts = fc.oneof(
  fc.constantFrom(
    '',
    'a',
    '12',
    '007',
    '-1',
    '18446744073709551616',
    '19.99',
    '2017-03-19',
    '2017-02-30',
    '0000-01-01',
  ),
  fc.constantFrom('2017-03-19T12:30:00Z', '2017-03-19 12:30:00.123456789+02', '2017-03-19T12:30Z', '\ud800', 'nul\0'),
  fc.string({ unit: 'binary', maxLength: 6 }),
)
const { value: values } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'medium' },
    fc.constantFrom(null, true, false, 0, -1, 1.5, 19.99, 1e300, 2 ** 53, 1_489_926_600, 1_489_926_600_000),
    fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })),
    texts,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(names, tie('value'), { maxKeys: 4 }),
  ),
}))
/** Events of up to three shapes with what each alone has; a field may tell the shapes apart, and another identify. */
const events = fc
  .record({
    shapes: fc.array(fc.dictionary(names, values, { maxKeys: 6 }), { minLength: 1, maxLength: 3 }),
    hasKinds: fc.boolean(),
    hasIds: fc.boolean(),
  })
  .chain(({ shapes, hasKinds, hasIds }) =>
    fc.array(
      fc
        .record({
          kind: fc.nat(shapes.length - 1),
          other: hasKinds ? fc.constant({}) : fc.dictionary(names, values, { maxKeys: 2 }),
          at: fc.integer({ min: 1_400_000_000_000, max: 1_700_000_000_000 }),
          id: fc.nat(20),
        })
        .map(({ kind, other, at, id }) =>
          JSON.stringify({
            ...shapes[kind],
            ...other,
            ...(hasKinds ? { kind: `it's ${kind}` } : {}),
            ...(hasIds ? { thing_id: id } : {}),
            at,
          }),
        ),
      { minLength: 1, maxLength: 12 },
    ),
  )

it('whatever the events, the dataset that is written loads, its SQL can be planned, and it accepts each of them', async () => {
  const run = await fc.check(
    fc.asyncProperty(events, async (texts) => {
      expect(await verdictOn(texts)).toBe(`accepted ${texts.length} of ${texts.length}`)
    }),
    { numRuns: process.env['CI'] === 'true' ? 300 : 25, endOnFailure: true },
  )
  throwBriefly(run)
}, 300_000)
