import { Arrivals } from '../page/arrivals.ts'
import { element, setText } from '../page/element.ts'
import { formatDuration, formatTime } from '../page/format.ts'
import type { DatasetInfo } from '../page/page.ts'
import type { Connection, StatusWatch } from '../page/status-watch.ts'

/**
 * Shows whether the service answers and how far the dataset's stream is. A screen reader speaks only changes of the
 * state.
 */
export function statusLine(watch: StatusWatch): { readonly root: HTMLElement; show(dataset: DatasetInfo): void } {
  const state = element('span', { class: 'state', role: 'status' })
  const countdown = element('span', { class: 'countdown', 'aria-hidden': 'true' })
  const label = element('span', { class: 'wide-only' })
  const time = element('time', { title: 'Stream time: the newest event time seen' })
  const lag = element('span')
  const parts = [element('span', { class: 'state-dot' }), state, countdown, label, time, lag]
  const root = element('div', { class: 'status' }, ...parts)
  let name = ''
  let last: Connection | null = null
  const arrivals = new Arrivals()
  const draw = (): void => {
    if (last === null) return
    const { kind, text, streamTime, lagMs } = describe(last, name, arrivals)
    root.dataset['state'] = kind
    setText(state, text)
    setText(label, streamTime === null ? '' : 'stream time')
    setText(time, streamTime === null ? '' : `${formatTime(streamTime)}${agoText(streamTime)}`)
    setText(lag, lagMs === null ? '' : `· lag ${formatDuration(lagMs)}`)
    setText(countdown, last.state === 'away' ? secondsTo(last.retryAtMs) : '')
  }
  watch.onConnection((connection) => {
    last = connection
    if (connection.state === 'here') arrivals.note(connection.status.datasets, Date.now())
    draw()
  })
  setInterval(() => last?.state === 'away' && draw(), 500)
  return {
    root,
    show(dataset) {
      ;({ name } = dataset)
      draw()
    },
  }
}

/** If a stream is old, its stream time and the present time are shown apart. */
function agoText(streamTime: string): string {
  const behindMs = Date.now() - Date.parse(streamTime)
  return behindMs > oldMs ? `, ${formatDuration(behindMs)} ago` : ''
}

function secondsTo(timeMs: number): string {
  return `, trying again in ${Math.max(1, Math.ceil((timeMs - Date.now()) / 1000))} s`
}

/** If its newest event is older than this, a stream is replayed or sent late. */
const oldMs = 60 * 60 * 1000

type Described = {
  readonly kind: 'live' | 'quiet' | 'waiting' | 'away'
  readonly text: string
  readonly streamTime: string | null
  readonly lagMs: number | null
}

function describe(connection: Connection, name: string, arrivals: Arrivals): Described {
  const nothing = { streamTime: null, lagMs: null }
  if (connection.state === 'away') return { kind: 'away', text: 'The service is away', ...nothing }
  const dataset = connection.status.datasets.find((each) => each.dataset === name)
  if (dataset === undefined) return { kind: 'waiting', text: 'Starting', ...nothing }
  const { ready, waiting_for: waitingFor, stream_time: streamTime, lag_ms: lagMs } = dataset
  if (!ready) return { kind: 'waiting', text: `Starting: ${waitingFor ?? 'reading the log'}`, streamTime, lagMs: null }
  if (streamTime === null) return { kind: 'quiet', text: 'Waiting for the first event', ...nothing }
  const nowMs = Date.now()
  const arrival = arrivals.of(name, nowMs)
  if (arrival.kind === 'listening') return { kind: 'quiet', text: 'Listening', streamTime, lagMs: null }
  if (arrival.kind === 'nothing')
    return { kind: 'quiet', text: `Nothing has arrived since ${formatTime(arrival.sinceMs)}`, streamTime, lagMs: null }
  const isOld = nowMs - Date.parse(streamTime) > oldMs
  return { kind: 'live', text: isOld ? 'Old events arrive' : 'Live', streamTime, lagMs }
}
