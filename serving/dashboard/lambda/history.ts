import { areaY, lineY } from '@observablehq/plot'
import type { PlotOptions } from '@observablehq/plot'
import { makeChart } from '../charts/chart.ts'
import { element } from '../page/element.ts'
import { formatClock } from '../page/format.ts'
import type { App } from '../page/page.ts'
import { valueAxis } from '../charts/value-axis.ts'
import type { LayerCount } from './layer-count.ts'

/** This many of the latest states are kept for each count: ten minutes, if each second brings one. */
const statesMax = 600
/** The chart covers at least this time, so that the first states are not drawn on top of each other. */
const spanMsMin = 60_000

type State = LayerCount & { readonly at: Date }

/** Each layer's answers since the page was opened. At a hand-over, batch takes over what speed held. */
export function history(app: App): {
  readonly root: HTMLElement
  add(counts: readonly LayerCount[]): void
  show(name: string): void
} {
  const states = new Map<string, State[]>()
  let shown = ''
  const place = element('div', { class: 'chart chart-history' })
  const chart = makeChart(place, (width) => historyOptions(states.get(shown) ?? [], width), app.signal)
  return {
    root: element('div', {}, legend(), place),
    add(counts) {
      const at = new Date()
      for (const count of counts) {
        const held = states.get(count.name) ?? []
        states.set(count.name, [...held, { ...count, at }].slice(-statesMax))
      }
      chart.draw()
    },
    show(name) {
      shown = name
      chart.draw()
    },
  }
}

function legend(): HTMLElement {
  const keys = [
    ['history-batch', 'Batch, without what is overridden'],
    ['history-speed', 'Speed'],
    ['history-naive', 'Adding up events as they come'],
  ] as const
  return element(
    'ul',
    { class: 'legend' },
    ...keys.map(([key, text]) => element('li', {}, element('span', { class: `line-key ${key}` }), text)),
  )
}

function historyOptions(states: readonly State[], width: number): PlotOptions | null {
  const [first, last] = [states[0], states.at(-1)]
  if (first === undefined || last === undefined) return null
  const end = new Date(Math.max(Date.now(), first.at.getTime() + spanMsMin))
  // A state lasts until the next one.
  const drawn = [...states, { ...last, at: new Date() }]
  const axis = valueAxis([0, 1, ...drawn.flatMap(({ naive, merged }) => [naive, merged])])
  const x = 'at'
  const curve = 'step-after'
  return {
    height: 200,
    marginLeft: axis.marginLeft,
    marginRight: 30,
    x: {
      type: 'time',
      domain: [first.at, end],
      label: null,
      ticks: width < 500 ? 2 : 8,
      tickFormat: (at: Date) => clockOf(at),
    },
    y: axis.y,
    marks: [
      areaY(drawn, {
        x,
        y2: (state: State) => state.batch - state.overridden,
        y1: 0,
        curve,
        fill: 'var(--color-0)',
        fillOpacity: 0.75,
      }),
      areaY(drawn, {
        x,
        y1: (state: State) => state.batch - state.overridden,
        y2: 'merged',
        curve,
        fill: 'var(--color-1)',
        fillOpacity: 0.75,
      }),
      lineY(drawn, { x, y: 'naive', curve, stroke: 'var(--bad)', strokeWidth: 2, strokeDasharray: '5 3' }),
    ],
  }
}

/** The time at which the page saw the state, in UTC like all times of the dashboard. */
function clockOf(at: Date): string {
  return formatClock(at.getTime())
}
