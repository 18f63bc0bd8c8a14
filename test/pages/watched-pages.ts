import axe from 'axe-core'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'

/** Pages of one service, and what their consoles said that nobody expected: errors and breaches of the policy among them. */
export class WatchedPages {
  readonly #browser: Browser
  readonly #url: string
  readonly #contexts: BrowserContext[] = []
  readonly #said: string[] = []
  #expected: RegExp | null = null

  constructor(browser: Browser, url: string) {
    this.#browser = browser
    this.#url = url
  }

  async open(
    path: string,
    { prepare, ...options }: BrowserContextOptions & { prepare?: (context: BrowserContext) => Promise<void> } = {},
  ): Promise<Page> {
    const context = await this.#browser.newContext({ reducedMotion: 'reduce', ...options })
    this.#contexts.push(context)
    await prepare?.(context)
    const page = await context.newPage()
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.#said.push(message.text())
    })
    page.on('pageerror', (error) => this.#said.push(String(error)))
    await page.goto(`${this.#url}${path}`)
    return page
  }

  /** Until all are closed. */
  expectFaults(pattern: RegExp): void {
    this.#expected = pattern
  }

  /** Throws where something was said that was not expected. */
  async closeAll(): Promise<void> {
    // What a page has said before it answers has been heard by then.
    const open = this.#contexts.flatMap((context) => context.pages())
    await Promise.all(open.map((page) => page.evaluate('document.title')))
    const [expected, said] = [this.#expected, this.#said.splice(0)]
    this.#expected = null
    await Promise.all(this.#contexts.splice(0).map((context) => context.close()))
    const unexpected = said.filter((text) => expected === null || !expected.test(text))
    if (unexpected.length > 0) throw new Error(`the console said:\n${unexpected.join('\n')}`)
  }
}

/** What axe finds, and whether one would have to scroll sideways. */
export async function faultsOf(page: Page): Promise<readonly string[]> {
  // Into a world of its own: the page's policy lets no script in.
  const session = await page.context().newCDPSession(page)
  const { frameTree } = await session.send('Page.getFrameTree')
  const { executionContextId: contextId } = await session.send('Page.createIsolatedWorld', {
    frameId: frameTree.frame.id,
    worldName: 'axe',
  })
  await session.send('Runtime.evaluate', { contextId, expression: axe.source })
  const { result } = await session.send('Runtime.evaluate', {
    contextId,
    awaitPromise: true,
    returnByValue: true,
    expression: `axe.run(document).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map((node) => id + ': ' + node.target + ': ' + node.failureSummary)))`,
  })
  await session.detach()
  const violations: unknown = result.value
  if (!Array.isArray(violations)) throw new TypeError(`axe did not run: ${result.description}`)
  const overflowPx = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
  return [...violations.map(String), ...(overflowPx === 0 ? [] : [`${String(overflowPx)} px wider than the screen`])]
}
