import { loadDatasets, problemText } from './page/api.ts'
import { element } from './page/element.ts'
import { pause, retryAfterMs } from './page/retry.ts'
import { Shell } from './shell/shell.ts'
import { applyTheme } from './shell/theme.ts'
import type { DatasetInfo } from './page/page.ts'

/** Asks for the datasets until the service answers, and meanwhile says that it waits. */
async function untilDatasets(main: HTMLElement): Promise<readonly DatasetInfo[]> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await loadDatasets()
    } catch (error) {
      const waitMs = retryAfterMs(tries)
      const text = `${problemText(error)} Trying again in ${Math.ceil(waitMs / 1000)} s.`
      main.replaceChildren(element('p', { class: 'card-state is-problem', role: 'status', text }))
      await pause(waitMs, new AbortController().signal)
    }
  }
}

async function start(): Promise<void> {
  applyTheme()
  const [top, main] = [document.querySelector('#top'), document.querySelector('#main')]
  if (!(top instanceof HTMLElement && main instanceof HTMLElement))
    throw new TypeError('index.html has no #top and #main')
  const [first, ...others] = await untilDatasets(main)
  if (first === undefined)
    main.replaceChildren(element('p', { class: 'card-state', text: 'This service has no dataset.' }))
  else new Shell(main, [first, ...others]).start(top)
}

void start()
