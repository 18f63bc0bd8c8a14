import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { bracketMatching } from '@codemirror/language'
import { setDiagnostics } from '@codemirror/lint'
import { EditorState, Prec } from '@codemirror/state'
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers, placeholder } from '@codemirror/view'
import type { Position } from '../page/api.ts'
import type { App } from '../page/page.ts'
import { sqlLanguage } from './completion.ts'
import { editorTheme } from './editor-theme.ts'

export type Editor = {
  text(): string
  /** Replaces the whole text. */
  set(text: string): void
  /** Inserts the text at the cursor. */
  insert(text: string): void
  mark(position: Position, message: string): void
  unmark(): void
  focus(): void
}

export type EditorOptions = {
  readonly text: string
  readonly onRun: () => void
  readonly onChange: (text: string) => void
}

/**
 * The editor lives in a shadow tree. There its styles are adopted style sheets, which the page's policy allows; it does
 * not allow style elements. Tab takes a completion, and moves the focus on if there is none.
 */
export function openEditor(place: HTMLElement, app: App, { text, onRun, onChange }: EditorOptions): Editor {
  const root = place.attachShadow({ mode: 'open' })
  const run = (): boolean => {
    onRun()
    return true
  }
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        Prec.highest(keymap.of([{ key: 'Mod-Enter', run }])),
        lineNumbers(),
        history(),
        drawSelection(),
        bracketMatching(),
        closeBrackets(),
        highlightActiveLine(),
        autocompletion(),
        sqlLanguage(app.datasets, app.dataset),
        placeholder('SELECT …'),
        keymap.of([
          { key: 'Tab', run: acceptCompletion },
          ...closeBracketsKeymap,
          ...defaultKeymap,
          ...historyKeymap,
          ...completionKeymap,
        ]),
        EditorView.lineWrapping,
        EditorView.domEventHandlers({ beforeinput: typeOverSelection }),
        EditorView.contentAttributes.of({
          'aria-label': 'SQL statement. Control and Enter run it, Tab leaves the editor.',
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange(update.state.doc.toString())
        }),
        editorTheme,
      ],
    }),
  })
  app.signal.addEventListener('abort', () => view.destroy())
  return {
    text: () => view.state.doc.toString(),
    set: (next) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } }),
    insert: (more) => {
      view.dispatch(view.state.replaceSelection(more))
      view.focus()
    },
    mark: (position, message) => mark(view, position, message),
    unmark: () => view.dispatch(setDiagnostics(view.state, [])),
    focus: () => view.focus(),
  }
}

/**
 * When text is typed over a selection, some browsers write styles into the line, which the page's policy refuses and
 * reports. So the editor inserts such text itself.
 */
function typeOverSelection(event: InputEvent, view: EditorView): boolean {
  const { from, to, empty } = view.state.selection.main
  const { data, inputType, isComposing } = event
  if (empty || isComposing || inputType !== 'insertText' || data === null) return false
  event.preventDefault()
  const insert = () =>
    view.state.update(view.state.replaceSelection(data), { userEvent: 'input.type', scrollIntoView: true })
  // A bracket or quote is put around the selection instead.
  const isHandled = view.state.facet(EditorView.inputHandler).some((handle) => handle(view, from, to, data, insert))
  if (!isHandled) view.dispatch(insert())
  return true
}

/** Marks the word at the position, or one character if there is no word, and puts the cursor before it. */
function mark(view: EditorView, { line, column }: Position, message: string): void {
  const { doc } = view.state
  const at = doc.line(Math.min(Math.max(line, 1), doc.lines))
  const from = Math.min(at.from + column - 1, at.to)
  const word = view.state.wordAt(from)
  const to = Math.max(word?.to ?? 0, Math.min(from + 1, doc.length))
  view.dispatch(setDiagnostics(view.state, [{ from: Math.min(from, to), to, severity: 'error', message }]))
  view.dispatch({ selection: { anchor: from }, scrollIntoView: true })
}
