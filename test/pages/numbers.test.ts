import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { describeInBrowser } from './browser.ts'
import { madeUp } from './made-up-dataset.ts'
import { RunningService } from './running-service.ts'
import { faultsOf, WatchedPages } from './watched-pages.ts'

describeInBrowser('numbers of every size, and names in every script', (launch) => {
  let browser: Browser
  let service: RunningService
  let pages: WatchedPages
  beforeAll(async () => {
    ;[browser, service] = await Promise.all([launch(), RunningService.start()])
    pages = new WatchedPages(browser, service.url)
  })
  afterEach(async () => {
    await pages.closeAll()
  })
  afterAll(async () => {
    await Promise.all([browser?.close(), service?.close()])
  })

  describe.each([360, 768, 1440])('%i px wide', (width) => {
    it.each(['light', 'dark'] as const)('are whole, apart from one another, and accessible in %s', async (theme) => {
      const page = await pages.open('/', {
        viewport: { width, height: 800 },
        colorScheme: theme,
        prepare: madeUp(),
      })
      for (const tab of ['Now', 'Map']) {
        await page.getByRole('link', { name: tab, exact: true }).click()
        await page.getByText('Refunds, us').first().waitFor()
        expect({ tab, faults: await page.evaluate(unreadable) }).toEqual({ tab, faults: [] })
        expect({ tab, faults: await faultsOf(page) }).toEqual({ tab, faults: [] })
      }
    })
  })

  it('keep every digit: in lists and tables as they are, beside a compact form as its title', async () => {
    const page = await pages.open('/', { prepare: madeUp() })
    const sales = page.getByRole('region', { name: 'Sales', exact: true })
    const refunds = sales.getByRole('row', { name: /Refunds/ })
    await refunds.waitFor()
    for (const number of ['-1,962,227,400.50', '1,962,227,404', '9,007,199,254,740,993,000,000,000,000'])
      expect(await refunds.innerText()).toContain(number)
    const bytes = page.getByRole('region', { name: 'Bytes' })
    expect(await bytes.locator('.bar-value').first().innerText()).toBe('9.01E15')
    expect(await bytes.locator('.bar').first().getAttribute('title')).toContain('9,007,199,254,740,993')
    const far = page.getByRole('region', { name: 'Far from nothing', exact: true })
    expect(await far.locator('.legend b').first().getAttribute('title')).toBe('9,000,000,007.25')
    await far.getByText('Show as table').click()
    await far.getByRole('cell', { name: '9,000,000,007.25' }).waitFor()
  })

  it('go back from nothing where they are negative', async () => {
    const page = await pages.open('/', { prepare: madeUp() })
    const totals = page.getByRole('region', { name: 'Totals' })
    await totals.getByRole('listitem').nth(4).waitFor()
    const ends = await page.evaluate<number[][]>(barEnds)
    expect(ends.at(-1)?.[1]).toBeCloseTo(ends[0]?.[0] ?? 0, 6)
    expect(ends.at(-1)?.[0]).toBeLessThan(ends[0]?.[0] ?? 0)
  })
})

/** Of each bar, where it begins and ends, in percent of its track. */
const barEnds = `[...document.querySelectorAll('section:has(.bar-usual) .bar-fill')].map(({ style }) => {
  const start = parseFloat(style.insetInlineStart)
  return [start, start + parseFloat(style.inlineSize)]
})`

/** Numbers and labels of axes that leave their card, are out of sight, or lie over another; a page that is wider than the screen. */
const unreadable = `(() => {
  const faults = []
  const visible = (node) => node.getClientRects().length > 0
  for (const card of document.querySelectorAll('.card')) {
    const selector = '.bar-value, .bar-label, .figures dd, td.number, .legend b, .plot [aria-label$="axis tick label"] text'
    const texts = [...card.querySelectorAll(selector)].filter(visible).map((node) => {
      const range = document.createRange()
      range.selectNodeContents(node)
      const { left, right, top, bottom } = range.getBoundingClientRect()
      const own = node.getBoundingClientRect()
      const isCut = getComputedStyle(node).overflow === 'hidden'
      return { node, text: node.textContent, left: isCut ? own.left : left, right: isCut ? own.right : right, top, bottom }
    })
    const name = card.querySelector('h2').textContent
    for (const { node, text, left, right } of texts) {
      const scroll = (node.closest('.scroll') ?? card).getBoundingClientRect()
      if (left < scroll.left - 1 || right > scroll.right + 1) faults.push(name + ': ' + text + ' is out of sight')
    }
    texts.forEach((a, i) => texts.slice(i + 1).forEach((b) => {
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left)
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
      if (across > 1 && down > 3) faults.push(name + ': ' + a.text + ' lies over ' + b.text)
    }))
  }
  if (document.documentElement.scrollWidth > innerWidth) faults.push('the page is wider than the screen')
  return faults
})()`
