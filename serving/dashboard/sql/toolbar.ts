import { element, setText } from '../page/element.ts'
import { formatDuration } from '../page/format.ts'
import { viewChoices } from './kept-statement.ts'
import type { ViewChoice } from './kept-statement.ts'

const viewTitles = {
  merged: 'Merged: both layers',
  batch: 'Batch layer alone',
  speed: 'Speed layer alone',
  all: 'All three side by side',
} as const

export type Toolbar = {
  readonly root: HTMLElement
  view(): ViewChoice
  setView(view: ViewChoice): void
  /** Counts the seconds until it is called with false. */
  showRunning(isRunning: boolean): void
  /** Shows what became of the statement. A screen reader speaks it. */
  say(text: string, kind?: 'fine' | 'problem'): void
}

export type ToolbarActions = {
  readonly run: () => void
  readonly cancel: () => void
  readonly copyLink: () => Promise<string>
}

/**
 * Buttons to run and cancel, the choice of the view, and a line on what became of the statement. All keep their place.
 */
export function makeToolbar(actions: ToolbarActions, signal: AbortSignal): Toolbar {
  const run = element('button', { type: 'button', class: 'button', text: 'Run', title: 'Ctrl+Enter' })
  const cancel = element('button', { type: 'button', class: 'button quiet', text: 'Cancel', disabled: true })
  const link = element('button', { type: 'button', class: 'button quiet', text: 'Copy link' })
  const view = element(
    'select',
    { id: 'sql-view' },
    ...viewChoices.map((value) => element('option', { value, text: viewTitles[value] })),
  )
  const said = element('p', { class: 'sql-said', role: 'status' })
  run.addEventListener('click', actions.run)
  cancel.addEventListener('click', actions.cancel)
  const say = (text: string, kind: 'fine' | 'problem' = 'fine'): void => {
    setText(said, text)
    said.classList.toggle('is-problem', kind === 'problem')
  }
  link.addEventListener('click', () => void actions.copyLink().then(say))
  let timer: ReturnType<typeof setInterval> | undefined
  signal.addEventListener('abort', () => clearInterval(timer))
  return {
    root: element(
      'div',
      { class: 'sql-bar' },
      element('div', { class: 'sql-buttons' }, run, cancel, link),
      element('div', { class: 'field' }, element('label', { for: view.id, text: 'View' }), view),
      said,
    ),
    view: () => viewChoices.find((choice) => choice === view.value) ?? 'merged',
    setView(chosen) {
      view.value = chosen
    },
    showRunning(isRunning) {
      run.disabled = isRunning
      cancel.disabled = !isRunning
      clearInterval(timer)
      if (!isRunning) return
      say('Running…')
      const sinceMs = performance.now()
      timer = setInterval(
        () => say(`Running… ${formatDuration(Math.floor((performance.now() - sinceMs) / 1000) * 1000)}`),
        1000,
      )
    },
    say,
  }
}
