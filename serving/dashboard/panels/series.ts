import { areaY, dot, gridY, lineY, pointerX, ruleX, ruleY, tip } from '@observablehq/plot'
import type { PlotOptions } from '@observablehq/plot'
import { makeChart } from '../charts/chart.ts'
import { element, setText } from '../page/element.ts'
import { columnTitle, formatClock, formatDay } from '../page/format.ts'
import { alikeNumbers, formatNumber } from '../page/numbers.ts'
import type { Rows } from '../page/page.ts'
import type { MakePanelView } from './panel-view.ts'
import { tableOnDemand } from './rows-table.ts'
import { valueAxis } from '../charts/value-axis.ts'

type Point = { readonly time: Date; readonly name: string; readonly value: number }

const height = 220
/** The length of the newest value in the legend. */
const newestCharsMax = 17
/** If the chart covers less than this, its ticks need seconds to differ. */
const secondsMs = 6 * 60 * 1000

/** A line over time for each column, with its name and newest value in the legend. */
export const seriesView: MakePanelView<'series'> = (panel, body, app) => {
  const place = element('div', { class: 'chart chart-series', role: 'img' })
  const legend = element('ul', { class: 'legend' })
  const newest = panel.values.map((column, i) => {
    const value = element('b', { class: 'number' })
    legend.append(
      element('li', {}, element('span', { class: `line-key color-${i % 4}` }), `${columnTitle(column)} `, value),
    )
    return { column, value }
  })
  const table = tableOnDemand(panel.title)
  body.append(legend, place, table.root)
  let answer: Rows = { columns: [], rows: [] }
  const chart = makeChart(place, (width) => lines(pointsOf(answer, panel), panel.values, width), app.signal)
  app.filters.onChange(() => chart.release())
  return {
    update(next) {
      answer = next
      const last = next.rows.at(-1) ?? {}
      for (const { column, value } of newest) {
        const [number] = alikeNumbers([last[column]], newestCharsMax)
        setText(value, number?.text ?? '')
        value.title = number?.exact ?? ''
      }
      place.setAttribute('aria-label', describe(panel.title, pointsOf(next, panel), panel.values))
      table.update(next, [panel.time, ...panel.values])
      chart.draw()
    },
  }
}

function pointsOf(
  { rows }: Rows,
  { time, values }: { readonly time: string; readonly values: readonly string[] },
): readonly Point[] {
  return rows.flatMap((row) =>
    values.flatMap((name) => {
      const value = row[name]
      const isDrawn = value !== null && value !== undefined && Number.isFinite(Number(value))
      return isDrawn ? [{ time: new Date(String(row[time])), name, value: Number(value) }] : []
    }),
  )
}

function lines(points: readonly Point[], names: readonly string[], width: number): PlotOptions | null {
  if (points.length === 0) return null
  const values = points.map(({ value }) => value)
  const [min, max] = [Math.min(...values), Math.max(...values)]
  // Values far from zero, such as temperatures, would be a flat line if the axis began at zero.
  const isFromZero = min >= 0 && min < max / 2
  const color = (name: string) => `var(--color-${names.indexOf(name) % 4})`
  const channels = { x: 'time', y: 'value', z: 'name' } as const
  const stroke = (point: Point): string => color(point.name)
  const moments = momentsOf(points)
  const axis = valueAxis(isFromZero ? [...values, 0] : values)
  const last = names.flatMap((name) => points.filter((point) => point.name === name).slice(-1))
  return {
    height,
    marginLeft: axis.marginLeft,
    marginRight: 12,
    marginTop: 12,
    marginBottom: 26,
    x: { type: 'utc', label: null, ticks: Math.max(2, Math.floor(width / 110)), tickFormat: tickFormatOf(moments) },
    y: axis.y,
    color: { type: 'identity' },
    marks: [
      gridY(axis.ticks, { stroke: 'var(--line)', strokeOpacity: 1 }),
      ...(isFromZero
        ? [
            areaY(
              points.filter(({ name }) => name === names[0]),
              { x: 'time', y1: 0, y2: 'value', z: 'name', fill: stroke, fillOpacity: 0.1 },
            ),
            ruleY([0], { stroke: 'var(--line-strong)' }),
          ]
        : []),
      lineY(points, { ...channels, stroke, strokeWidth: 2 }),
      dot(last, { x: 'time', y: 'value', fill: stroke, r: 3.5 }),
      ruleX(moments, pointerX({ x: 'time', stroke: 'var(--muted)', strokeDasharray: '3 3' })),
      tip(
        moments,
        pointerX({
          x: 'time',
          fill: 'var(--surface)',
          stroke: 'var(--line-strong)',
          title: momentText,
          anchor: 'top',
          lineHeight: 1.3,
        }),
      ),
    ],
  }
}

type Moment = { readonly time: Date; readonly points: readonly Point[] }

function momentsOf(points: readonly Point[]): readonly Moment[] {
  const byTime = new Map<number, Point[]>()
  for (const point of points) {
    const time = point.time.getTime()
    byTime.set(time, [...(byTime.get(time) ?? []), point])
  }
  return [...byTime].map(([time, of]) => ({ time: new Date(time), points: of }))
}

function momentText({ time, points }: Moment): string {
  return [
    formatClock(time.getTime()),
    ...points.map(({ name, value }) => `${columnTitle(name)} ${formatNumber(value)}`),
  ].join('\n')
}

const dayMs = 24 * 60 * 60 * 1000

/** Shows hours if the chart covers less than two days, else days. */
function tickFormatOf(moments: readonly Moment[]): (time: Date) => string {
  const [first, last] = [moments[0], moments.at(-1)]
  const spanMs = first === undefined || last === undefined ? 0 : last.time.getTime() - first.time.getTime()
  if (spanMs >= 2 * dayMs) return (time) => formatDay(time.getTime())
  return (time) => formatClock(time.getTime()).slice(0, spanMs < secondsMs ? undefined : 5)
}

function describe(title: string, points: readonly Point[], names: readonly string[]): string {
  const [first, last] = [points[0], points.at(-1)]
  if (first === undefined || last === undefined) return title
  const parts = names.map((name) => {
    const values = points.filter((point) => point.name === name).map(({ value }) => value)
    if (values.length === 0) return `${columnTitle(name)} without values`
    return `${columnTitle(name)} between ${formatNumber(Math.min(...values))} and ${formatNumber(Math.max(...values))}, last ${formatNumber(values.at(-1) ?? 0)}`
  })
  return `${title}, ${formatClock(first.time.getTime())} to ${formatClock(last.time.getTime())} UTC: ${parts.join('; ')}.`
}
