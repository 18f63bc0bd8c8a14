import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { appendEvents } from '../support/ask.ts'
import { describeInBrowser } from './browser.ts'
import { rsvpsIn } from './rsvps-in.ts'
import { RunningService } from './running-service.ts'
import { faultsOf, WatchedPages } from './watched-pages.ts'

/** So that generations come while one looks. */
const everySecond = { BATCH_CRON: '* * * * * *' }
const soon = { timeout: 15_000 }

/** As the bars show it: value and note. */
function barOf(page: Page, name: string): Promise<string> {
  return page.locator(`[data-sum="${name}"] dd`).innerText()
}

async function numberOf(page: Page, box: string): Promise<number> {
  return Number((await page.locator(`.flow-box.flow-${box} .flow-value`).innerText()).replaceAll(/[^\d]/g, ''))
}

describeInBrowser('the pages Lambda and Quality', (launch) => {
  let browser: Browser
  let service: RunningService
  let pages: WatchedPages
  beforeAll(async () => {
    ;[browser, service] = await Promise.all([launch(), RunningService.start(everySecond)])
    pages = new WatchedPages(browser, service.url)
  })
  afterEach(async () => {
    await pages.closeAll()
  })
  afterAll(async () => {
    await Promise.all([browser?.close(), service?.close()])
  })

  it('shows the merged count beside what adding up would say, in figures and in words', async () => {
    const page = await pages.open('/?page=lambda')
    await expect.poll(() => barOf(page, 'merged'), soon).toContain('864')
    expect(await barOf(page, 'adding-up')).toMatch(/1,127\s+too many: \+263 \(\+30 %\)/)
    expect(await numberOf(page, 'merged')).toBe(864)
    await page.getByText('Adding up events as they come says 1,127').waitFor()
    await page.getByRole('radio', { name: 'RSVPs' }).check()
    await expect.poll(() => barOf(page, 'merged'), soon).toContain('1,260')
    expect(new URL(page.url()).searchParams.get('count')).toBe('answers')
    await page.goBack()
    await expect.poll(() => barOf(page, 'merged'), soon).toContain('864')
  })

  it('lists generations with their age, how long they took and their size', async () => {
    const page = await pages.open('/?page=lambda')
    const first = page.getByRole('region', { name: 'Generations: rows' }).getByRole('row').nth(1)
    await first.waitFor()
    expect(await first.innerText()).toMatch(
      /^\d+\s+[\d.]+ (ms|s|min)\s+[\d.]+ (ms|s)\s+[\d,]+\s+[\d,]+\s+\d+\s+[\d.]+ kB$/,
    )
    expect(await faultsOf(page)).toEqual([])
  })

  it('moves while events come: speed answers for them until batch has reached them, and the sum is right throughout', async () => {
    const page = await pages.open('/?page=lambda')
    await expect.poll(() => numberOf(page, 'batch'), soon).toBe(864)
    const generations = page.getByRole('region', { name: 'Generations: rows' }).getByRole('row')
    const newest = await generations.nth(1).getByRole('rowheader').innerText()
    await page.evaluate(rememberSums)
    let posted = 0
    const postOne = async (): Promise<void> => {
      await appendEvents(service.url, rsvpsIn({ city: 'Tidetown', country: 'in', count: 1 }))
      posted += 1
    }
    await expect.poll(() => postOne().then(() => numberOf(page, 'speed')), soon).toBeGreaterThan(0)
    await expect.poll(() => numberOf(page, 'batch'), soon).toBe(864 + posted)
    await expect.poll(() => generations.nth(1).getByRole('rowheader').innerText(), soon).not.toBe(newest)
    const standing = page.locator('.partition-text')
    await expect
      .poll(() => standing.innerText(), soon)
      .toBe(`tidemark at ${(1542 + posted).toLocaleString('en')} · 0 since`)
    const sums = await page.evaluate<number[][]>('window.sums')
    expect(sums.length).toBeGreaterThan(1)
    for (const [merged = 0, batch = 0, speed = 0] of sums) {
      expect([merged, batch, speed]).toEqual([batch + speed, batch, speed])
      expect(merged).toBeGreaterThanOrEqual(864)
    }
  })

  it('lists what refers to what, and how often in vain', async () => {
    const page = await pages.open('/?page=quality')
    const rows = page.getByRole('region', { name: 'References: rows' }).getByRole('row')
    const member = rows.filter({ hasText: 'member.member_id' })
    await member.waitFor()
    expect(await member.getByRole('cell').allInnerTexts()).toEqual([
      'rsvp.member_id',
      'member.member_id',
      '0',
      expect.stringMatching(/^[\d,]+$/),
    ])
    expect(await faultsOf(page)).toEqual([])
  })

  it.each([
    [390, 'light'],
    [1280, 'dark'],
  ] as const)(
    'says that times in 1970 may be of another unit, and what to do: %i px, %s',
    async (width, colorScheme) => {
      const doubt = "its newest event is of 1970-01-18: if mtime is in another unit, declare it, as time: { unit: 's' }"
      const doubting = async (context: BrowserContext): Promise<void> => {
        await context.route('**/v1/status', async (route) => {
          const response = await route.fetch()
          const status = await response.json()
          const datasets = status.datasets.map((each: object) => ({ ...each, time_doubt: doubt }))
          await route.fulfill({ response, json: { ...status, datasets } })
        })
      }
      const options = { viewport: { width, height: 800 }, colorScheme }
      const page = await pages.open('/?page=quality', { ...options, prepare: doubting })
      await page.getByText(`times of rsvp: ${doubt}`).waitFor()
      await page.getByRole('region', { name: 'References: rows' }).waitFor()
      expect(await faultsOf(page)).toEqual([])
      const undoubted = await pages.open('/?page=quality', options)
      await undoubted.getByRole('region', { name: 'References: rows' }).waitFor()
      expect(await undoubted.getByText('times of rsvp').isVisible()).toBe(false)
    },
  )

  it('shows what was rejected with its reason and its bytes, whatever they are', async () => {
    const page = await pages.open('/?page=quality')
    const card = page.getByRole('region', { name: 'The newest rejected events' })
    await card.getByRole('heading', { name: 'the event: not valid JSON' }).waitFor()
    expect(await card.locator('.bytes').innerText()).toContain('{"venue":{"venue_name":"Chatfield Hollow State Park"')
    await card.getByRole('button', { name: 'As hex' }).click()
    expect(await card.locator('.bytes').innerText()).toMatch(/^0000 {2}7b 22 76 65 6e/)
  })

  it('shows hostile bytes as text alone, and each of them', async () => {
    const page = await pages.open('/?page=quality')
    const events = page.getByRole('region', { name: 'The newest rejected events' }).getByRole('listitem')
    await events.first().waitFor()
    const hostile = Buffer.concat([
      Buffer.from('<img src=x onerror=alert(1)>\u202Etxt\u0000\t"'),
      Buffer.from([0xff, 0xc3]),
      Buffer.from('é'),
    ])
    const headers = { 'content-type': 'application/x-ndjson' }
    await fetch(`${service.url}/v1/rsvp/events`, { method: 'POST', headers, body: new Uint8Array(hostile) })
    await expect.poll(() => events.count(), soon).toBe(2)
    const bytes = events.first().locator('.bytes')
    expect(await bytes.innerText()).toBe(String.raw`<img src=x onerror=alert(1)>\u{202e}txt\x00\t"\xff\xc3é`)
    expect(await page.locator('.bytes img').count()).toBe(0)
    await expect
      .poll(() => page.getByRole('region', { name: 'What came, as it came' }).innerText())
      .toMatch(/Rejected\s+2/)
  })
})

/** Every state the page shows from now on: merged, batch and speed. */
const rememberSums = `{
  const value = (box) => Number(document.querySelector('.flow-box.flow-' + box + ' .flow-value').textContent.replace(/\\D/g, ''))
  window.sums = []
  new MutationObserver(() => window.sums.push(['merged', 'batch', 'speed'].map(value)))
    .observe(document.querySelector('.flow'), { subtree: true, childList: true, characterData: true })
}`
