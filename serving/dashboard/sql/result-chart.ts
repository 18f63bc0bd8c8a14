import { axisY, barX, lineY, ruleX, tip, pointerX, text } from '@observablehq/plot'
import type { PlotOptions } from '@observablehq/plot'
import { makeChart } from '../charts/chart.ts'
import { element } from '../page/element.ts'
import { columnTitle, formatClock } from '../page/format.ts'
import { alikeNumbers } from '../page/numbers.ts'
import type { App, Row, Rows } from '../page/page.ts'
import { textWidth } from '../charts/text-width.ts'
import { valueAxis } from '../charts/value-axis.ts'
import { roundTicks, tickTexts } from '../charts/value-ticks.ts'
import type { ChartChoice, ChartKind } from './choose-chart.ts'

const barsMax = 30
/** The length of the value beside a bar. */
const valueCharsMax = 17
const kindTitles = { line: 'Line', bars: 'Bars' } as const

/** Draws the rows as lines or bars, with a switch between the kinds that fit. */
export function resultChart(answer: Rows, choice: ChartChoice, app: App): HTMLElement {
  let [kind] = choice.kinds
  let [value] = choice.values
  const place = element('div', { class: 'chart', role: 'img' })
  const legend = element('ul', { class: 'legend' })
  const chart = makeChart(place, (width) => optionsOf({ answer, choice, kind, value }, width), app.signal)
  const valueChoice = select('Value', choice.values, (chosen) => {
    value = chosen
    draw()
  })
  const draw = (): void => {
    const shown = kind === 'line' ? choice.values : [value]
    place.setAttribute('aria-label', `${kindTitles[kind]} of ${shown.join(', ')}; the table has the same figures.`)
    valueChoice.hidden = kind === 'line' || choice.values.length === 1
    legend.replaceChildren(...(kind === 'line' ? choice.values.map(legendKey) : []))
    chart.draw()
  }
  const kindChoice = select(
    'Chart',
    choice.kinds,
    (chosen) => {
      kind = chosen
      draw()
    },
    (each) => kindTitles[each],
  )
  kindChoice.hidden = choice.kinds.length === 1
  const tools = element('div', { class: 'chart-tools' }, kindChoice, valueChoice, legend)
  draw()
  return element('div', {}, tools, place)
}

function select<T extends string>(
  label: string,
  values: readonly T[],
  onChange: (value: T) => void,
  titleOf: (value: T) => string = (value) => value,
): HTMLElement {
  const control = element('select', {}, ...values.map((value) => element('option', { value, text: titleOf(value) })))
  control.addEventListener('change', () => {
    const chosen = values.find((value) => value === control.value)
    if (chosen !== undefined) onChange(chosen)
  })
  return element('label', { class: 'field' }, element('span', { class: 'note', text: label }), control)
}

function legendKey(name: string, i: number): HTMLElement {
  return element('li', {}, element('span', { class: `line-key color-${i}` }), name)
}

type Drawn = { readonly answer: Rows; readonly choice: ChartChoice; readonly kind: ChartKind; readonly value: string }

function optionsOf(drawn: Drawn, width: number): PlotOptions | null {
  return drawn.kind === 'line' ? lineOptions(drawn, width) : barOptions(drawn, width)
}

function lineOptions({ answer, choice: { x, values } }: Drawn, width: number): PlotOptions | null {
  if (x === null) return null
  const isTime = /^(TIMESTAMP|DATE)/.test(x.type)
  const points = answer.rows
    .map((row) => ({ row, at: isTime ? new Date(String(row[x.name])) : Number(row[x.name]) }))
    .toSorted((a, b) => Number(a.at) - Number(b.at))
  const axis = valueAxis(
    answer.rows.flatMap((row) => values.map((name) => numberOf(row, name)).filter((value) => value !== null)),
    5,
  )
  return {
    height: 280,
    marginLeft: axis.marginLeft,
    marginRight: 16,
    x: {
      type: isTime ? 'utc' : 'linear',
      label: null,
      ...(isTime
        ? { ticks: width < 500 ? 4 : 8, tickFormat: timeFormat(points.map(({ at }) => Number(at))) }
        : numberTicks(
            points.map(({ at }) => Number(at)),
            width,
          )),
    },
    y: axis.y,
    marks: [
      ...values.map((name, i) =>
        lineY(points, { x: 'at', y: ({ row }) => numberOf(row, name), stroke: `var(--color-${i})`, strokeWidth: 2 }),
      ),
      ruleX(points, pointerX({ x: 'at', stroke: 'var(--line-strong)' })),
      tip(
        points,
        pointerX({
          x: 'at',
          y: ({ row }) => numberOf(row, values[0]),
          fill: 'var(--surface)',
          stroke: 'var(--line-strong)',
          title: ({ row }) =>
            [x.name, ...values].map((name) => `${columnTitle(name)}: ${String(row[name])}`).join('\n'),
        }),
      ),
    ],
  }
}

/** Chooses as many ticks for an axis of numbers as fit without touching. */
function numberTicks(values: readonly number[], width: number) {
  const [min, max] = [Math.min(...values), Math.max(...values)]
  const ticks = roundTicks(values, width < 500 ? 3 : 6).filter((tick) => tick >= min && tick <= max)
  const texts = tickTexts(ticks)
  return { ticks: [...ticks], tickFormat: (tick: number): string => texts[ticks.indexOf(tick)] ?? '' }
}

const minutes = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' })
const days = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const dayMs = 86_400_000

/** Shows times as precisely as their distances need. */
function timeFormat(times: readonly number[]): (at: Date) => string {
  const spanMs = (times.at(-1) ?? 0) - (times[0] ?? 0)
  if (spanMs > 3 * dayMs) return (at) => days.format(at)
  return spanMs > 5 * 60_000 ? (at) => minutes.format(at) : (at) => formatClock(at.getTime())
}

function barOptions({ answer, choice: { labels }, value }: Drawn, width: number): PlotOptions {
  const shown = answer.rows.slice(0, barsMax)
  const texts = alikeNumbers(
    shown.map((row) => row[value]),
    valueCharsMax,
  ).map(({ text: said }) => said)
  const bars = shown.map((row, i) => ({
    i,
    said: texts[i] ?? '',
    label: labels.map((name) => String(row[name] ?? 'NULL')).join(', '),
    value: numberOf(row, value) ?? 0,
  }))
  const marginLeft = Math.min(Math.round(width * 0.4), 24 + 7 * Math.max(...bars.map(({ label }) => label.length)))
  const charactersMax = Math.max(4, Math.floor((marginLeft - 16) / 7))
  const labelOf = (i: number): string => {
    const label = bars[i]?.label ?? ''
    return label.length > charactersMax ? `${label.slice(0, charactersMax - 1)}…` : label
  }
  return {
    height: 30 + 26 * bars.length,
    marginLeft,
    marginRight: 12 + Math.max(0, ...texts.map(textWidth)),
    marginTop: 4,
    x: { label: null, axis: null, nice: true },
    y: { label: null, type: 'band', padding: 0.25, domain: bars.map(({ i }) => i) },
    marks: [
      axisY({ tickSize: 0, tickFormat: labelOf, label: null, fill: 'var(--text)' }),
      barX(bars, { x: 'value', y: 'i', fill: 'var(--color-0)', rx2: 3 }),
      text(bars, {
        // The value of a negative bar stands beside zero, where the bar begins.
        x: (bar: { value: number }) => Math.max(0, bar.value),
        y: 'i',
        text: 'said',
        textAnchor: 'start',
        dx: 5,
        fill: 'var(--text)',
      }),
      ruleX([0], { stroke: 'var(--line-strong)' }),
    ],
  }
}

/** A number that JSON cannot hold comes as text. */
function numberOf(row: Row, name: string): number | null {
  const value = row[name]
  return value === null || value === undefined || !Number.isFinite(Number(value)) ? null : Number(value)
}
