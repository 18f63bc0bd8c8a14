import { ApiProblem } from '../page/api.ts'
import { element } from '../page/element.ts'
import type { App } from '../page/page.ts'
import { openEditor } from './editor.ts'
import { addressedStatement, hrefOfStatement, keepText, keptText } from './kept-statement.ts'
import type { Asked } from './kept-statement.ts'
import { oneResult, rowsText } from './one-result.ts'
import { statementProblem } from './problem-text.ts'
import { runStatement } from './runner.ts'
import type { Outcome } from './runner.ts'
import { tableList } from './table-list.ts'
import { threeResults } from './three-results.ts'
import { makeToolbar } from './toolbar.ts'

/** The editor, the toolbar and the results. A statement in the address is run at once. */
export function mountConsole(root: HTMLElement, app: App): void {
  const { dataset, signal } = app
  const results = element(
    'div',
    { class: 'results' },
    element('p', {
      class: 'results-none note',
      text: 'Rows appear here, with a chart if one fits, downloads and the state that they were read at.',
    }),
  )
  const place = element('div', { class: 'editor' })
  const bar = makeToolbar({ run: () => void run(true), cancel: () => running.abort(), copyLink }, signal)
  const addressed = addressedStatement()
  const editor = openEditor(place, app, {
    text: addressed?.sql ?? keptText(dataset.name) ?? firstStatement(app),
    onRun: () => void run(true),
    onChange: (text) => {
      keepText(dataset.name, text)
      editor.unmark()
    },
  })
  let running = new AbortController()

  const asked = (): Asked => ({ sql: editor.text(), view: bar.view() })

  async function copyLink(): Promise<string> {
    const href = hrefOfStatement(asked())
    if (href === null) return 'The statement is too long for a link.'
    return navigator.clipboard.writeText(new URL(href, location.href).href).then(
      () => 'The link is copied.',
      () => 'The browser gives no clipboard: the address of this page is the link once the statement has run.',
    )
  }

  async function run(isNew: boolean): Promise<void> {
    const statement = asked()
    if (statement.sql.trim() === '') {
      bar.say('Write a statement first.')
      return
    }
    running.abort()
    const own = new AbortController()
    running = own
    if (isNew) keepInAddress(statement)
    editor.unmark()
    bar.showRunning(true)
    try {
      const outcome = await runStatement(statement, app, own.signal)
      if (own === running && !signal.aborted) show(outcome, statement)
    } catch (error) {
      if (own === running && !signal.aborted) showProblem(error)
    }
  }

  function show(outcome: Outcome, statement: Asked): void {
    bar.showRunning(false)
    const say = (text: string): void => bar.say(text, 'problem')
    if (outcome.kind === 'one') {
      bar.say(rowsText(outcome.answer))
      results.replaceChildren(oneResult(outcome.answer, statement, app, say))
    } else {
      bar.say('One statement under three views')
      results.replaceChildren(threeResults(outcome.answers, statement.sql, app))
    }
  }

  /** The last result stays on the page: it is still an answer. */
  function showProblem(error: unknown): void {
    bar.showRunning(false)
    const isCancelled = error instanceof DOMException
    bar.say(statementProblem(error), isCancelled ? 'fine' : 'problem')
    if (error instanceof ApiProblem && error.position !== null) editor.mark(error.position, error.message)
  }

  const examples = element(
    'div',
    { class: 'examples' },
    element('span', { class: 'note', text: 'Examples' }),
    ...dataset.examples.map(({ title, sql }) => {
      const button = element('button', { type: 'button', class: 'button quiet small', text: title })
      button.addEventListener('click', () => {
        editor.set(sql)
        void run(true)
      })
      return button
    }),
  )
  examples.hidden = dataset.examples.length === 0
  const hint = element('p', {
    class: 'note',
    text: 'Ctrl+Enter (⌘ Enter) runs it, Ctrl+Space completes, Tab leaves the editor.',
  })
  root.append(
    element(
      'div',
      { class: 'sql-layout' },
      element(
        'div',
        { class: 'sql-main' },
        element('div', { class: 'card' }, examples, place, hint, bar.root),
        results,
      ),
      tableList(app, (text) => editor.insert(text)),
    ),
  )
  const goTo = (to: Asked | null): void => {
    if (to === null) return
    bar.setView(to.view)
    if (editor.text() !== to.sql) editor.set(to.sql)
    void run(false)
  }
  window.addEventListener('popstate', () => goTo(addressedStatement()), { signal })
  goTo(addressed)
}

function firstStatement({ dataset }: App): string {
  return dataset.examples[0]?.sql ?? `SELECT * FROM ${dataset.name}.${dataset.tables[0]?.name ?? 'rejected'} LIMIT 20`
}

function keepInAddress(asked: Asked): void {
  const href = hrefOfStatement(asked)
  if (href !== null && new URL(href, location.href).href !== location.href) history.pushState(null, '', href)
}
