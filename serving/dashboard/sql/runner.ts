import type { Answer, App } from '../page/page.ts'
import type { Asked } from './kept-statement.ts'
import type { ThreeAnswers } from './three-results.ts'

export type Outcome =
  | { readonly kind: 'one'; readonly answer: Answer }
  | { readonly kind: 'three'; readonly answers: ThreeAnswers }

/** Asks for the three views one after the other, because a service runs few statements at a time. */
export async function runStatement({ sql, view }: Asked, app: App, signal: AbortSignal): Promise<Outcome> {
  const ask = (of: string): Promise<Answer> => app.api.sql({ sql, view: of }, signal)
  if (view !== 'all') return { kind: 'one', answer: await ask(view) }
  const merged = await ask('merged')
  const batch = await ask('batch')
  return { kind: 'three', answers: { merged, batch, speed: await ask('speed') } }
}
