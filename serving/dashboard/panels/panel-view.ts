import type { Panel } from '../../../schemas/declare/dataset.ts'
import type { App, Rows } from '../page/page.ts'

/**
 * Draws the answers of one panel into `body`, which no other panel uses. `update` is called only with answers that have
 * rows.
 */
export type PanelView = { update(answer: Rows): void }

export type PanelOf<K extends Panel['kind']> = Extract<Panel, { kind: K }>

export type MakePanelView<K extends Panel['kind']> = (panel: PanelOf<K>, body: HTMLElement, app: App) => PanelView
