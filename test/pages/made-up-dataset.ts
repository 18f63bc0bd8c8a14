import type { BrowserContext } from 'playwright-core'
import type { Feed, Filter, Panel } from '../../schemas/declare/dataset.ts'
import { rsvpAsOf } from '../fakes/fake-reader.ts'

type Column = { readonly name: string; readonly type: string }
type Rows = {
  readonly columns: readonly Column[]
  readonly rows: readonly Readonly<Record<string, string | number | null>>[]
}
const name = 'shop'

/** Totals as a shop in rupiah or a counter of bytes has them, and names in scripts of every direction. */
const places = [
  { country: 'tw', city: '臺北市中正區忠孝東路一段', lat: 25.04, lon: 121.52, total: '196222740.00', usual: 1.5e8 },
  { country: 'il', city: 'תל אביב-יפו, שדרות רוטשילד', lat: 32.08, lon: 34.78, total: '98765432109.87', usual: 9e10 },
  { country: 'eg', city: 'القاهرة الجديدة', lat: 30.03, lon: 31.47, total: '1234567.89', usual: null },
  { country: 'gb', city: 'Llanfairpwllgwyngyllgogerychwyrndrobwll', lat: 53.22, lon: -4.2, total: '0.01', usual: 0.02 },
  { country: 'us', city: 'Refunds', lat: 40.7, lon: -74, total: '-1962227400.50', usual: -5 },
] as const

const sales: Rows = {
  columns: [
    { name: 'city', type: 'VARCHAR' },
    { name: 'country', type: 'VARCHAR' },
    { name: 'lat', type: 'DOUBLE' },
    { name: 'lon', type: 'DOUBLE' },
    { name: 'total', type: 'DECIMAL(18,2)' },
    { name: 'usual', type: 'DOUBLE' },
    { name: 'orders', type: 'BIGINT' },
    { name: 'share', type: 'DOUBLE' },
    { name: 'bytes', type: 'HUGEINT' },
  ],
  rows: places.map((place, i) => ({
    ...place,
    orders: 1_962_227_400 + i,
    share: -0.123_456_789,
    bytes: `${9_007_199_254_740_993n * 10n ** BigInt(i * 3)}`,
  })),
}

/** So many points of a total that begins at `from` and grows by `step`. */
function growing(from: number, step: number): Rows {
  return {
    columns: [
      { name: 'at', type: 'TIMESTAMP WITH TIME ZONE' },
      { name: 'income', type: 'DOUBLE' },
      { name: 'refunds', type: 'DOUBLE' },
    ],
    rows: Array.from({ length: 30 }, (_, i) => ({
      at: new Date(1_489_926_600_000 + i * 60_000).toISOString(),
      income: from + i * step,
      refunds: from + i * step * 0.5,
    })),
  }
}

const answers = {
  sales,
  large: growing(0, 196_222_740),
  far: growing(9_000_000_000, 0.25),
  below: growing(-5_000_000_000_000, 1e11),
  small: growing(0, 0.000_01),
  figures: { columns: sales.columns, rows: sales.rows.slice(1, 2) },
} as const satisfies Readonly<Record<string, Rows>>

const onNow = { page: 'now', feed: 'now', note: 'A made-up answer.' } as const
const series = { ...onNow, kind: 'series', time: 'at', values: ['income', 'refunds'] } as const

const panels: readonly Panel[] = [
  { ...series, title: 'Income', answer: 'large' },
  { ...series, title: 'Far from nothing', answer: 'far' },
  { ...series, title: 'Below nothing', answer: 'below' },
  { ...series, title: 'Small', answer: 'small' },
  {
    ...onNow,
    kind: 'bars',
    title: 'Totals',
    answer: 'sales',
    label: ['city', 'country'],
    value: 'total',
    usual: 'usual',
    sets: { city: 'city' },
  },
  { ...onNow, kind: 'bars', title: 'Bytes', answer: 'sales', label: ['city'], value: 'bytes' },
  { ...onNow, kind: 'figures', title: 'Figures', answer: 'figures', columns: ['total', 'orders', 'bytes', 'share'] },
  { ...onNow, kind: 'list', title: 'Sales', answer: 'sales', columns: ['city', 'total', 'orders', 'share', 'bytes'] },
  { ...onNow, kind: 'list', title: 'Few columns', answer: 'sales', columns: ['total', 'city'] },
  {
    ...onNow,
    page: 'map',
    kind: 'map',
    title: 'Where',
    answer: 'sales',
    label: ['city', 'country'],
    lat: 'lat',
    lon: 'lon',
    size: 'total',
  },
]

const filters: Readonly<Record<string, Filter>> = { city: { label: 'City' } }

const feeds: Readonly<Record<string, Feed>> = {
  now: {
    description: 'All of it.',
    answers: Object.fromEntries(Object.keys(answers).map((answer) => [answer, { query: answer }])),
    parameters: ['city'],
  },
}

/** What `/v1/datasets` says of it. */
function datasetJson(): object {
  return {
    name,
    description: 'Made up.',
    tables: [],
    queries: Object.keys(answers).map((query) => ({
      name: query,
      description: query,
      parameters: query === 'sales' ? [{ name: 'city', type: 'text', description: 'Only this city.' }] : [],
    })),
    feeds: Object.entries(feeds).map(([feed, declared]) => ({
      name: feed,
      ...declared,
      takes: Object.fromEntries(
        Object.keys(declared.answers).map((answer) => [answer, answer === 'sales' ? ['city'] : []]),
      ),
      publish: null,
    })),
    counts: {},
    filters,
    panels,
    examples: [],
  }
}

/** In place of what the service has: a dataset with one feed, whose answers of these names have failed. */
export function madeUp(failing: readonly string[] = []): (context: BrowserContext) => Promise<void> {
  return async (context) => {
    await context.route('**/v1/datasets', (route) => route.fulfill({ json: { datasets: [datasetJson()] } }))
    await context.route('**/v1/shop/**', (route) => {
      const asOf = { view: 'merged', datasets: { [name]: rsvpAsOf } }
      const errors = Object.fromEntries(
        failing.map((answer) => [answer, { code: 'QUERY_TIMEOUT', detail: 'Too slow.' }]),
      )
      const told = Object.fromEntries(Object.entries(answers).filter(([answer]) => !failing.includes(answer)))
      const data = JSON.stringify({ feed: 'now', as_of: asOf, answers: told, errors })
      return route.fulfill({ contentType: 'text/event-stream', body: `event: now\nid: made-up\ndata: ${data}\n\n` })
    })
  }
}
