import { dot, geo, graticule, pointer, sphere, tip } from '@observablehq/plot'
import type { PlotOptions } from '@observablehq/plot'
import { makeChart } from '../charts/chart.ts'
import { element } from '../page/element.ts'
import { alikeNumbers, formatNumber } from '../page/numbers.ts'
import type { Row, Rows, Value } from '../page/page.ts'
import type { MakePanelView, PanelOf } from './panel-view.ts'
import { tableOnDemand } from './rows-table.ts'
import { loadCountries } from '../charts/world.ts'
import { barsView, filtersOf, isSet, labelOf, numberOf, toggleFilters } from './bars.ts'

type Countries = Awaited<ReturnType<typeof loadCountries>>
type Place = {
  readonly lon: number
  readonly lat: number
  readonly size: number
  readonly sizeText: string
  readonly label: string
  readonly row: Row
}

const listedMax = 12
/** The length of the size beside a circle. */
const sizeCharsMax = 30
/** Without Antarctica, where the map would be empty. */
const inhabited = {
  type: 'MultiPoint',
  coordinates: [
    [-180, 0],
    [180, 0],
    [0, -56],
    [0, 84],
  ],
} as const

/**
 * A map of the world with a circle for each place, and beside it a list of the largest, which the keyboard can reach.
 */
export const mapView: MakePanelView<'map'> = (panel, body, app) => {
  const place = element('div', { class: 'chart chart-map', role: 'img' })
  const listed = element('div', { class: 'map-list' })
  const table = tableOnDemand(panel.title)
  body.append(element('div', { class: 'map' }, place, listed), table.root)
  const list = barsView({ ...panel, kind: 'bars', value: panel.size }, listed, app)
  let answer: Rows = { columns: [], rows: [] }
  let countries: Countries | null = null
  const isChosen = (row: Row): boolean => panel.sets !== undefined && isSet(app, filtersOf(panel.sets, row))
  const isNear = (): boolean => Object.keys(app.filters.get()).length > 0
  const draw = (width: number): PlotOptions =>
    circles(placesOf(answer, panel), { width, countries, isNear: isNear(), isChosen })
  const chart = makeChart(place, draw, app.signal)
  const showCountries = async (): Promise<void> => {
    countries = await loadCountries()
    chart.draw()
  }
  // If the outlines cannot be loaded, the circles are drawn without them.
  void showCountries().catch(() => undefined)
  app.filters.onChange(() => chart.release())
  place.addEventListener('click', () => {
    const pointed = chart.pointedAt()
    const found = placesOf(answer, panel).find((each) => isSame(each, pointed))
    if (found !== undefined && panel.sets !== undefined) toggleFilters(app, filtersOf(panel.sets, found.row))
  })
  return {
    update(next) {
      answer = next
      const places = placesOf(next, panel)
      place.setAttribute('aria-label', describe(panel.title, places))
      const largest = places.toSorted((a, b) => b.size - a.size).slice(0, listedMax)
      list.update({ columns: next.columns, rows: largest.map(({ row }) => row) })
      table.update(next, [...panel.label, panel.size, panel.lat, panel.lon])
      chart.draw()
    },
  }
}

function isSame(place: Place, pointed: unknown): boolean {
  return typeof pointed === 'object' && pointed !== null && 'row' in pointed && pointed.row === place.row
}

function placesOf({ rows }: Rows, panel: PanelOf<'map'>): readonly Place[] {
  return rows.flatMap((row) => {
    const [lat, lon] = [degrees(row[panel.lat]), degrees(row[panel.lon])]
    if (lat === null || lon === null) return []
    const [size] = alikeNumbers([row[panel.size]], sizeCharsMax)
    return [{ lat, lon, size: numberOf(row, panel.size), sizeText: size?.text ?? '', label: labelOf(row, panel), row }]
  })
}

/** A decimal number comes as text. */
function degrees(value: Value | undefined): number | null {
  return value === null || value === undefined || value === '' || !Number.isFinite(Number(value)) ? null : Number(value)
}

type MapState = {
  readonly width: number
  readonly countries: Countries | null
  readonly isNear: boolean
  readonly isChosen: (row: Row) => boolean
}

function circles(places: readonly Place[], { width, countries, isNear, isChosen }: MapState): PlotOptions {
  const radiusMax = Math.max(10, Math.min(28, width / 40))
  return {
    height: Math.round(width * 0.46),
    margin: 2,
    projection:
      isNear && places.length > 0
        ? { type: 'mercator', domain: around(places), inset: 24 }
        : { type: 'equal-earth', domain: inhabited, clip: 'frame' },
    r: { type: 'sqrt', domain: [0, Math.max(1, ...places.map(({ size }) => size))], range: [0, radiusMax] },
    marks: [
      ...(isNear
        ? []
        : [sphere({ fill: 'var(--sea)', stroke: 'none' }), graticule({ stroke: 'var(--line)', strokeOpacity: 0.5 })]),
      ...(countries === null
        ? []
        : [geo(countries, { fill: 'var(--land)', stroke: 'var(--surface)', strokeWidth: 0.6 })]),
      dot(places, {
        x: 'lon',
        y: 'lat',
        r: 'size',
        fill: (place: Place) => (isChosen(place.row) ? 'var(--color-1)' : 'var(--color-0)'),
        fillOpacity: 0.55,
        stroke: 'var(--surface)',
        strokeWidth: 0.8,
        className: 'circles',
      }),
      tip(
        places,
        pointer({
          x: 'lon',
          y: 'lat',
          maxRadius: 30,
          lineHeight: 1.3,
          fill: 'var(--surface)',
          stroke: 'var(--line-strong)',
          title: (place: Place) => `${place.label}\n${place.sizeText}`,
        }),
      ),
    ],
    color: { type: 'identity' },
  }
}

/** The map shows at least the area of a large country: with less, nobody would recognise where a place is. */
function around(places: readonly Place[]): { type: 'MultiPoint'; coordinates: [number, number][] } {
  const spanMin = 16
  const [west, east] = span(
    places.map(({ lon }) => lon),
    spanMin,
  )
  const [south, north] = span(
    places.map(({ lat }) => lat),
    spanMin * 0.6,
  )
  return {
    type: 'MultiPoint',
    coordinates: [
      [west, south],
      [east, north],
    ].map(([lon = 0, lat = 0]) => [clamp(lon, 180), clamp(lat, 80)]),
  }
}

function span(values: readonly number[], spanMin: number): readonly [number, number] {
  const [min, max] = [Math.min(...values), Math.max(...values)]
  const more = Math.max(0, spanMin - (max - min)) / 2
  return [min - more, max + more]
}

function clamp(degrees: number, max: number): number {
  return Math.max(-max, Math.min(max, degrees))
}

function describe(title: string, places: readonly Place[]): string {
  const [first] = places.toSorted((a, b) => b.size - a.size)
  const largest = first === undefined ? '' : `, the largest ${first.label} with ${first.sizeText}`
  return `${title}: a map of the world with ${formatNumber(places.length)} circles${largest}. The list beside it has the largest.`
}
