import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { appendEvents } from '../support/ask.ts'
import { describeInBrowser } from './browser.ts'
import { madeUp } from './made-up-dataset.ts'
import { faultsOf, WatchedPages } from './watched-pages.ts'
import { RunningService } from './running-service.ts'
import { rsvpsIn } from './rsvps-in.ts'

const tabs = ['Now', 'Map'] as const
const widths = [360, 1440] as const
const themes = ['light', 'dark'] as const

describeInBrowser('the dashboard', (launch) => {
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

  it('shows within two seconds what was posted', async () => {
    const page = await pages.open('/')
    const cities = page.getByRole('region', { name: 'Top cities' })
    await cities.getByRole('listitem').nth(9).waitFor()
    await appendEvents(service.url, rsvpsIn({ city: 'Tidetown', country: 'in', count: 200 }))
    await cities.getByRole('button', { name: /Tidetown, in.*200/ }).waitFor({ timeout: 2000 })
  })

  it('notes above the page what may be lost or is, and is as well as ever with it', async () => {
    const notes = { 'losses of rsvp': `rsvp/0: 30 offsets are lost (${'100 to 130, '.repeat(30)})` }
    const prepare = async (context: BrowserContext): Promise<void> => {
      await context.route('**/v1/status', async (route) => {
        const response = await route.fetch()
        await route.fulfill({ response, json: { ...(await response.json()), notes } })
      })
    }
    const page = await pages.open('/', { prepare, viewport: { width: 360, height: 800 } })
    await page.getByText('losses of rsvp: rsvp/0: 30 offsets are lost').waitFor()
    expect(await faultsOf(page)).toEqual([])
    const other = await pages.open('/')
    await other.getByRole('region', { name: 'Top cities' }).waitFor()
    expect(await other.locator('.notes').isVisible()).toBe(false)
  })

  it('says which part of the service fails, since when and why, for as long as it does', async () => {
    const page = await pages.open('/')
    const notice = page.getByText(/batch runs of rsvp, failing since .*: the disk is full/)
    expect(await notice.count()).toBe(0)
    const failing = {
      part: 'batch runs of rsvp',
      since: '2026-11-28T19:00:00Z',
      failures: 7,
      reason: 'the disk is full',
    }
    await page.route('**/v1/status', async (route) => {
      const answer = await route.fetch()
      await route.fulfill({ response: answer, json: { ...(await answer.json()), failing: [failing] } })
    })
    await notice.waitFor()
    await page.unrouteAll({ behavior: 'wait' })
    await notice.waitFor({ state: 'detached' })
  })

  it('shows one country alone, says so in the address, and still does after a reload', async () => {
    const page = await pages.open('/')
    const cities = page.getByRole('region', { name: 'Top cities' })
    await page.getByLabel('Country').fill('gb')
    await page.getByLabel('Country').press('Enter')
    const isBritish = async (): Promise<void> => {
      await cities.getByRole('button', { name: /, us/ }).first().waitFor({ state: 'detached' })
      await cities.getByRole('button', { name: /London, gb/ }).waitFor()
    }
    await isBritish()
    expect(new URL(page.url()).searchParams.get('country')).toBe('gb')
    await page.reload()
    await isBritish()
    expect(await page.getByLabel('Country').inputValue()).toBe('gb')
    await page.getByRole('link', { name: 'Map' }).click()
    expect(await page.getByLabel('Country').inputValue()).toBe('gb')
    await page.goBack()
    await page.goBack()
    await cities.getByRole('button', { name: /, us/ }).first().waitFor()
    expect(await page.getByLabel('Country').inputValue()).toBe('')
  })

  it('sets a filter from a bar, and takes it back', async () => {
    const page = await pages.open('/')
    const london = page.getByRole('region', { name: 'Top cities' }).getByRole('button', { name: /London, gb/ })
    await london.click()
    await expect.poll(() => new URL(page.url()).searchParams.get('country')).toBe('gb')
    expect(await london.getAttribute('aria-pressed')).toBe('true')
    await london.click()
    await expect.poll(() => page.url()).not.toContain('country')
  })

  it('says that there is nothing for what was chosen', async () => {
    const page = await pages.open('/?country=zz')
    await page.getByText('Nothing so far for what is chosen above.').first().waitFor()
  })

  it('says on a panel which of the filters it does not follow, and filters the others', async () => {
    const page = await pages.open('/?country=gb&city=London&topic=hiking')
    const panel = (name: string) => page.getByRole('region', { name, exact: true })
    await panel('Most popular groups').getByRole('listitem').first().waitFor()
    for (const name of ['RSVPs per minute', 'Top cities', 'Most popular groups'])
      expect(await panel(name).locator('.card-except').innerText()).toBe('Not filtered by topic.')
    expect(await panel('Events to come').locator('.card-except').textContent()).toBe('')
    await page.getByLabel('Topic', { exact: true }).fill('')
    await page.getByLabel('Topic', { exact: true }).press('Enter')
    await expect.poll(() => page.locator('.card-except:not(:empty)').count()).toBe(0)
  })

  it('says on its panel that one answer failed, and shows the others', async () => {
    const page = await pages.open('/', { prepare: madeUp(['large']) })
    await page.getByRole('region', { name: 'Income', exact: true }).getByText('Too slow.').waitFor()
    await page.getByText('Refunds, us').first().waitFor()
    expect(await page.getByText('Too slow.').filter({ visible: true }).count()).toBe(1)
  })

  it('dims the rows of the filters before until the answer is there', async () => {
    const page = await pages.open('/')
    const cities = page.getByRole('region', { name: 'Top cities' })
    await cities.getByRole('button', { name: /London, gb/ }).waitFor()
    let release = (): void => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    await page.route('**/v1/rsvp/feeds/now?country=gb', async (route) => {
      await held
      await route.continue()
    })
    await page.getByLabel('Country').fill('gb')
    await page.getByLabel('Country').press('Enter')
    await expect.poll(() => cities.getAttribute('aria-busy')).toBe('true')
    expect(await page.evaluate(opacityOfBusy)).toBe('0.35')
    release()
    await expect.poll(() => cities.getAttribute('aria-busy')).toBe(null)
  })

  it('says that nothing arrives, and since when, and how old the stream is', async () => {
    const page = await pages.open('/')
    const status = page.locator('.status')
    await expect
      .poll(() => status.innerText(), { timeout: 20_000 })
      .toMatch(/Nothing has arrived since \d+ \w+ \d+, \d+:\d+:\d+/)
    expect(await status.locator('time').innerText()).toMatch(/19 Mar 2017, .* ago$/)
    await appendEvents(service.url, rsvpsIn({ city: 'Tidetown', country: 'in', count: 1 }))
    await page.getByText('Old events arrive').waitFor()
  })

  it.each([
    ['/?dataset=nope', 'There is no dataset “nope” here.', 'sensor'],
    ['/?page=nope&dataset=rsvp', 'There is no page “nope” here.', 'Map'],
  ])('says of %s that it does not exist, with a way on', async (path, said, way) => {
    const page = await pages.open(path)
    await page.getByText(said).waitFor()
    expect(await faultsOf(page)).toEqual([])
    await page.getByRole('main').getByRole('link', { name: way, exact: true }).click()
    await page.locator('.page').waitFor()
    expect(page.url()).not.toContain('nope')
  })

  it('draws circles on the map, a click on which filters the page, and lists the largest', async () => {
    const page = await pages.open('/?page=map')
    const circles = page.locator('.circles circle')
    await circles.nth(50).waitFor({ state: 'attached' })
    const everywhere = await circles.count()
    expect(await page.getByRole('button', { name: /London, gb/ }).count()).toBe(1)
    const largest = await circles.first().boundingBox()
    if (largest === null) throw new TypeError('a circle that is drawn has a place')
    await page.mouse.click(largest.x + largest.width / 2, largest.y + largest.height / 2)
    await expect.poll(() => new URL(page.url()).searchParams.get('country')).not.toBeNull()
    await expect.poll(() => circles.count()).toBeLessThan(everywhere)
  })

  it('goes from tab to tab by keyboard, and back by the back button', async () => {
    const page = await pages.open('/')
    const focused = page.locator(':focus')
    await page.keyboard.press('Tab')
    expect(await focused.textContent()).toBe('Skip to the page')
    await page.keyboard.press('Enter')
    expect(await focused.getAttribute('id')).toBe('main')
    for (const [i, tab] of tabs.slice(1).entries()) {
      await page.getByRole('link', { name: tabs[i] ?? '', exact: true }).focus()
      await page.keyboard.press('Tab')
      expect(await focused.textContent()).toBe(tab)
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { level: 1, name: tab }).waitFor()
      expect(await page.title()).toContain(tab)
      expect(await focused.getAttribute('id')).toBe('main')
    }
    await page.goBack()
    await page.getByRole('heading', { level: 1, name: tabs.at(-2) ?? '' }).waitFor()
  })

  it('asks for a key where the service wants one, keeps it, and sends it with everything', async () => {
    pages.expectFaults(/401/)
    const page = await pages.open('/', { prepare: refuseWithout('a-key-of-sixteen') })
    const input = page.getByLabel('API key', { exact: true })
    await input.fill('a-key-of-sixteen')
    await input.press('Enter')
    await page
      .getByRole('button', { name: /London, gb/ })
      .first()
      .waitFor()
    await page.reload()
    await page
      .getByRole('button', { name: /London, gb/ })
      .first()
      .waitFor()
  })

  describe.each(widths)('%i px wide', (width) => {
    it.each(themes)('is accessible in %s, and fits', async (theme) => {
      const page = await pages.open('/', { viewport: { width, height: 800 }, colorScheme: theme })
      const links = page.getByRole('navigation', { name: 'Pages' }).getByRole('link')
      await links.first().waitFor()
      const all = await links.allTextContents()
      expect(all).toEqual(expect.arrayContaining([...tabs]))
      for (const tab of all) {
        await page.getByRole('link', { name: tab, exact: true }).click()
        await page.getByRole('heading', { level: 1, name: tab }).waitFor()
        await page.locator('.page > :not([hidden])').first().waitFor()
        await expect
          .poll(() => page.getByText('Waiting for the first answer…').filter({ visible: true }).count())
          .toBe(0)
        expect({ tab, faults: await faultsOf(page) }).toEqual({ tab, faults: [] })
      }
    })
  })

  it('says that the service is away, and goes on by itself once it is back', async () => {
    const page = await pages.open('/')
    const cities = page.getByRole('region', { name: 'Top cities' })
    await cities.getByRole('listitem').first().waitFor()
    pages.expectFaults(/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_CONNECTION_RESET|503/)
    await service.stop()
    await page.getByText('The service is away').waitFor()
    await page
      .getByText(/trying again in \d+ s/)
      .first()
      .waitFor()
    await service.start()
    await page.locator('.status:not([data-state="away"])').waitFor()
    await appendEvents(service.url, rsvpsIn({ city: 'Ebbville', country: 'in', count: 300 }))
    await cities.getByRole('button', { name: /Ebbville, in.*300/ }).waitFor()
    expect(await page.locator('.card-stale:visible').count()).toBe(0)
  })
})

const opacityOfBusy = `getComputedStyle(document.querySelector('[aria-busy] .card-body')).opacity`

/** As a service with API keys answers. */
function refuseWithout(key: string): (context: BrowserContext) => Promise<void> {
  return async (context) => {
    await context.route('**/v1/**', async (route) => {
      if (route.request().headers()['authorization'] === `Bearer ${key}`) return route.continue()
      return route.fulfill({ status: 401, json: { code: 'UNAUTHORIZED', detail: 'Send a key.' } })
    })
  }
}
