import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadDatasets } from '../../../../schemas/declare/load-datasets.ts'
import { Tidemark } from '../../run-tidemark.ts'
import { shopEvents } from './shop-events.ts'

let tidemark: Tidemark
beforeEach(async () => {
  tidemark = await Tidemark.open()
})
afterEach(async () => {
  await tidemark.close()
})

const read = async (path: string) => await readFile(join(tidemark.folder, path), 'utf8')

async function sampleOf(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(tidemark.folder, name)
  await writeFile(path, content)
  return path
}

/** Runs `init shop` on these lines, into a folder of the test. */
async function init(lines: readonly string[], ...options: readonly string[]) {
  const sample = await sampleOf('sample.ndjson', lines.join('\n'))
  return await tidemark.run('init', 'shop', '--from', sample, '--out', join(tidemark.folder, 'shop'), ...options)
}

async function tablesOf(folder = 'shop') {
  const { datasets } = await loadDatasets(join(tidemark.folder, folder))
  return datasets[0]?.tables ?? {}
}

describe('tidemark init', () => {
  it('makes tables of a shop: of each kind of event, of what has an id, and of arrays', async () => {
    const { code, stdout } = await init(shopEvents(180))
    expect(stdout).toContain('Read 180 events of sample.ndjson.\n')
    expect(stdout).toContain('\naccepted 180 of 180\n')
    expect(stdout).toMatch(/tidemark start --datasets \S+shop --replay \S+sample\.ndjson --speedup max\n/)
    expect(code).toBe(0)
    const tables = await tablesOf()
    expect(Object.keys(tables)).toEqual([
      'order_placed',
      'customer',
      'order_placed_line',
      'product',
      'order_placed_attribute',
      'order_placed_tag',
      'order_cancelled',
      'rejected',
    ])
    expect(tables).toMatchObject({
      order_placed: {
        key: ['order_id'],
        when: { path: 'type', in: ['order_placed'] },
        columns: {
          order_id: { path: 'orderId', type: 'BIGINT' },
          at_time: { path: 'at', type: 'TIMESTAMPTZ' },
          customer_id: { path: 'customer.id', type: 'VARCHAR' },
          total: { path: 'total', type: 'DECIMAL(12,2)' },
          tracking_id: { path: 'trackingId', type: 'UBIGINT' },
        },
        references: { customer_id: 'customer.customer_id' },
      },
      customer: { key: ['customer_id'], columns: { email: { path: 'customer.email', type: 'VARCHAR' } } },
      order_placed_line: {
        kind: 'set',
        owner: 'order_placed',
        array: 'lines',
        distinct: ['line_id'],
        references: { product_id: 'product.product_id' },
      },
      product: { array: 'lines', key: ['product_id'] },
      order_placed_attribute: { entries: 'attributes', distinct: ['attribute_key'] },
      order_placed_tag: { array: 'tags', distinct: ['position'] },
      order_cancelled: { key: ['order_id'], columns: { reason: { path: 'reason', type: 'VARCHAR' } } },
    })
    for (const file of ['contract', 'dataset'])
      await expect(await read(`shop/${file}.ts`)).toMatchFileSnapshot(`written/${file}.txt`)
  })

  it('makes of a recorded stream nearly the tables that people declared for it', async () => {
    const recording = new URL('../../../../recordings/rsvps-2017-03-19.ndjson', import.meta.url).pathname
    const { stdout } = await tidemark.run(
      'init',
      'meetup',
      '--from',
      recording,
      '--out',
      join(tidemark.folder, 'meetup'),
    )
    expect(stdout).toContain('accepted 1,541 of 1,542\n  rejected 1: the event: not valid JSON\n')
    const tables = await tablesOf('meetup')
    expect(Object.fromEntries(Object.entries(tables).map(([name, { key }]) => [name, key]))).toEqual({
      rsvp: ['rsvp_id'],
      venue: ['venue_id'],
      member: ['member_id'],
      event: ['event_id'],
      groups: ['group_id'],
      group_topic: ['group_id'],
      rejected: ['log_partition', 'log_offset'],
    })
  })

  it('writes what a formatter leaves as it is, and the same files for the same sample', async () => {
    const files = ['dataset.ts', 'contract.ts', 'queries/newest.sql', 'queries/per-hour.sql']
    await init(shopEvents(180))
    const first = await Promise.all(files.map((file) => read(`shop/${file}`)))
    await init(shopEvents(180), '--force')
    expect(await Promise.all(files.map((file) => read(`shop/${file}`)))).toEqual(first)
    const root = new URL('../../../..', import.meta.url).pathname
    const command = [join(root, 'node_modules/.bin/oxfmt'), '--config', join(root, '.oxfmtrc.json'), '--check', '.']
    await promisify(execFile)(process.execPath, command, { cwd: join(tidemark.folder, 'shop') })
  })

  it('overwrites nothing unless it is told to', async () => {
    await init(shopEvents(20))
    await sampleOf('shop/queries/newest.sql', '-- mine')
    const refused = await init(shopEvents(20))
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/dataset\.ts is there already: --force/) })
    expect(await read('shop/queries/newest.sql')).toBe('-- mine')
    expect((await init(shopEvents(20), '--force')).code).toBe(0)
    expect(await read('shop/queries/newest.sql')).not.toBe('-- mine')
  })

  it('reads what is packed, indented or in an array, and no more than it is told to', async () => {
    const out = ['--out', join(tidemark.folder, 'packed')]
    const array = JSON.stringify(
      shopEvents(50).map((text): unknown => JSON.parse(text)),
      null,
      2,
    )
    const packed = await sampleOf('orders.json.gz', gzipSync(array))
    const { code, stdout } = await tidemark.run('init', 'shop', '--from', packed, '--events', '30', ...out)
    expect(stdout).toContain('Read 30 events of orders.json.gz, which has more.')
    expect(stdout).toContain('accepted 30 of 30')
    expect(code).toBe(0)
  })

  it('says what to do where no field looks like a time, and writes nothing', async () => {
    const refused = await init(['{"id":1,"n":5}', '{"id":2,"n":6}'])
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/no field looks like .*--time/) })
    await expect(read('shop/dataset.ts')).rejects.toThrow(/ENOENT/)
    expect((await init(['{"id":1,"n":5}', '{"id":2,"n":6}'], '--time', 'n')).stdout).toContain('accepted 2 of 2')
    expect(await init(['{"id":1,"n":5}'], '--time', 'm', '--force')).toMatchObject({ code: 2 })
  })

  it('says which events no contract could accept, with their reasons and counts, and fails', async () => {
    const { code, stdout } = await init([...shopEvents(8), 'not JSON', '[1]', '{"type":'])
    expect(stdout).toContain('accepted 8 of 11\n')
    expect(stdout).toMatch(/ {2}rejected 2: the event: not valid JSON\n {2}rejected 1: the event: /)
    expect(code).toBe(1)
    expect(await init(['id,at', '1,2'], '--force')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('none of its 2 lines is a JSON object; it begins with "id,at"'),
    })
  })

  it.each(['Order', 'order', '7-shop', 'web shop', 'raw'])(
    'calls a dataset %s by a name that it can have',
    async (name) => {
      const sample = await sampleOf('sample.ndjson', shopEvents(8).join('\n'))
      const ran = await tidemark.run('init', name, '--from', sample, '--out', join(tidemark.folder, 'named'))
      expect(ran.stdout).toMatch(/^The dataset is called [a-z][a-z0-9]*: /)
      expect(ran.code).toBe(0)
    },
  )
})

describe('what init guesses', () => {
  // A process loads a module once, so that each dataset of a test has a folder of its own.
  let written = 0
  beforeEach(() => {
    written = 0
  })

  /** The columns of the first table, and the declared time. */
  async function guessed(lines: readonly object[]) {
    written += 1
    const folder = join(tidemark.folder, `guessed-${written}`)
    const sample = await sampleOf('sample.ndjson', lines.map((line) => JSON.stringify(line)).join('\n'))
    await tidemark.run('init', 'shop', '--from', sample, '--out', folder)
    const { datasets } = await loadDatasets(folder)
    const [first] = Object.values(datasets[0]?.tables ?? {})
    return { time: datasets[0]?.time, columns: first?.columns ?? {}, key: first?.key, kind: first?.kind }
  }

  it.each([
    [1_489_926_600, { unit: 's' }],
    [1_489_926_600.25, { unit: 's' }],
    [1_489_926_600_000, {}],
    [1_489_926_600_000_000, { unit: 'us' }],
    ['2017-03-19T12:30:00+01:00', {}],
    ['2017-03-19 12:30:00Z', {}],
  ])('the form of a time like %s', async (ts, form) => {
    expect((await guessed([{ id: 1, ts }])).time).toEqual({ path: 'ts', aheadMsMax: 60_000, ...form })
  })

  it('the time that decides what is newer, before the time of what happened once', async () => {
    const at = 1_489_926_600_000
    expect((await guessed([{ id: 1, createdAt: at, updatedAt: at, meta: { born: at } }])).time?.path).toBe('updatedAt')
    expect(await read('guessed-1/dataset.ts')).toMatch(/has:[\s/]+createdAt,[\s/]+meta\.born\./)
  })

  it('that an id which comes back often is measured, and a row is of a time', async () => {
    const readings = Array.from({ length: 60 }, (_, n) => ({
      meterId: `m${n % 2}`,
      value: n / 3,
      ts: 1_489_926_600 + n,
    }))
    expect((await guessed(readings)).key).toEqual(['meter_id', 'ts'])
    expect((await guessed(readings.slice(0, 4))).key).toEqual(['meter_id'])
  })

  it('that events without an id are rows by their place in the log', async () => {
    const events = [{ ts: 1_489_926_600, level: 'info' }]
    expect(await guessed(events)).toMatchObject({ kind: 'append', key: ['log_partition', 'log_offset'] })
    expect(await guessed([{ ...events[0], tags: ['a'] }])).toMatchObject({ kind: 'latest' })
  })

  it('types as the values are written, which JSON.parse does not tell', async () => {
    const lines = ['{"id":1,"ts":1489926600,"size":1.0,"n":1}', '{"id":2,"ts":1489926601,"size":2.0,"n":2}']
    expect((await init(lines)).stdout).toContain('accepted 2 of 2')
    expect((await tablesOf())['shop']?.columns).toMatchObject({ size: { type: 'DOUBLE' }, n: { type: 'BIGINT' } })
  })

  it('digits as numbers in ids alone, money as decimals with room, and mixed types as JSON', async () => {
    const { columns } = await guessed([
      {
        id: '007',
        ts: 1_489_926_600,
        refId: '12',
        bigId: '99999999999999999999',
        zip: '0150',
        amount: 1.255,
        mixed: 1,
      },
      { id: '8', ts: 1_489_926_600, refId: '13', bigId: '1', zip: '150', amount: 123_456, mixed: 'x' },
    ])
    expect(columns).toMatchObject({
      id: { type: 'VARCHAR' },
      ref_id: { type: 'UBIGINT' },
      big_id: { type: 'HUGEINT' },
      zip: { type: 'VARCHAR' },
      amount: { type: 'DECIMAL(12,3)' },
      mixed: { type: 'JSON' },
    })
  })
})
