import { readFile } from 'node:fs/promises'
import { parquetReadObjects } from 'hyparquet'
import type { Browser, Download, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { rsvp } from '../../schemas/rsvp/dataset.ts'
import { sensor } from '../../schemas/sensor/dataset.ts'
import { describeInBrowser } from './browser.ts'
import { RunningService } from './running-service.ts'
import { faultsOf, WatchedPages } from './watched-pages.ts'

const yes = "SELECT count(*) AS yes FROM rsvp WHERE response = 'yes'"
const byCity = 'SELECT city, count(*) AS n FROM groups GROUP BY city ORDER BY n DESC, city LIMIT 5'

function pathOf(sql: string, more: Readonly<Record<string, string>> = {}): string {
  return `/?${new URLSearchParams({ page: 'sql', dataset: 'rsvp', sql, ...more }).toString()}`
}

/** Opens the list of tables, and everything in it. */
const openTables = `document.querySelectorAll('.tables, .tables details').forEach((part) => (part.open = true))`

async function type(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: /SQL statement/ }).click()
  await page.keyboard.press('Control+a')
  await page.keyboard.type(text)
}

async function run(page: Page, text: string): Promise<void> {
  await type(page, text)
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+Enter')
}

async function download(page: Page, format: string): Promise<Buffer> {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: `Download ${format}` }).click(),
  ] satisfies [Promise<Download>, Promise<void>])
  return readFile(await file.path())
}

describeInBrowser('the page SQL', (launch) => {
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

  const result = (page: Page) => page.getByRole('region', { name: 'Result', exact: true })

  it('runs what is typed, shows the rows, what they stand on, and puts the statement into the address', async () => {
    const page = await pages.open('/?page=sql')
    await run(page, yes)
    await expect.poll(() => result(page).getByRole('cell').innerText()).toBe('864')
    expect(new URL(page.url()).searchParams.get('sql')).toBe(yes)
    await page.getByText(/rsvp: .*speed to 1,542, stream time 19 Mar 2017/).waitFor()
    await page.getByText(/^1 row in /).waitFor()
  })

  it('runs what a link holds, and what the back button goes back to', async () => {
    const page = await pages.open(pathOf(yes))
    await expect.poll(() => result(page).getByRole('cell').innerText()).toBe('864')
    await run(page, 'SELECT 41 + 1 AS n')
    await expect.poll(() => result(page).getByRole('cell').innerText()).toBe('42')
    await page.goBack()
    await expect.poll(() => result(page).getByRole('cell').innerText()).toBe('864')
  })

  it('keeps what is typed while one looks at another page', async () => {
    const page = await pages.open('/?page=sql')
    await type(page, 'SELECT 1234567')
    await page.getByRole('link', { name: 'Now' }).click()
    await page.getByRole('heading', { level: 1, name: 'Now' }).waitFor()
    await page.getByRole('link', { name: 'SQL' }).click()
    await expect.poll(() => page.getByRole('textbox', { name: /SQL statement/ }).innerText()).toContain('1234567')
  })

  it('says where a statement is wrong, marks it, and forgets that once it is mended', async () => {
    pages.expectFaults(/400/)
    const page = await pages.open('/?page=sql')
    await run(page, 'SELECT city, cuontry FROM groups')
    await page.getByText(/^Line 1, column 14: .*cuontry/).waitFor()
    expect(await page.locator('.cm-lintRange-error').innerText()).toBe('cuontry')
    await page.keyboard.type('x')
    await expect.poll(() => page.locator('.cm-lintRange-error').count()).toBe(0)
  })

  it('cancels, and the service is free for the next statement', async () => {
    const page = await pages.open('/?page=sql')
    await run(page, 'SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b')
    await page.getByText('Running…').waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByText('Cancelled.').waitFor()
    await run(page, 'SELECT 41 + 1 AS n')
    // Long before the first one's time is over: the service has one worker.
    await page.getByText(/^1 row in /).waitFor({ timeout: 10_000 })
    await expect.poll(() => result(page).getByRole('cell').innerText()).toBe('42')
  })

  it.each([
    [408, 'QUERY_TIMEOUT', 'It took longer than a statement may take'],
    [429, 'BUSY', 'Too many statements are running'],
    [503, 'WORKER_LOST', 'The process that ran it was lost'],
  ])('says in words what a %i means', async (status, code, said) => {
    pages.expectFaults(new RegExp(String(status)))
    const page = await pages.open('/?page=sql')
    await page.route('**/v1/sql', (route) => route.fulfill({ status, json: { code, detail: 'details' } }))
    await run(page, yes)
    await page.getByText(said).waitFor()
  })

  it('completes tables, and columns of what is named', async () => {
    const page = await pages.open('/?page=sql')
    await type(page, 'SELECT * FROM group_t')
    await page.getByRole('option', { name: 'group_topic' }).waitFor()
    await page.keyboard.press('Tab')
    await type(page, 'SELECT 1 FROM venue WHERE venue_n')
    await page.getByRole('option', { name: 'venue_name' }).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Tab')
    expect(await page.locator(':focus').innerText()).toBe('Run')
  })

  it('leads from a column to the table that it refers to, and from a set to its owner', async () => {
    const page = await pages.open('/?page=sql')
    const focused = page.locator(':focus')
    const open = (table: string) =>
      page.locator('.table-group').first().getByText(table, { exact: true }).first().click()
    await open('rsvp_change')
    await page.getByRole('button', { name: 'rsvp.rsvp_id' }).click()
    expect(await focused.innerText()).toBe('rsvp')
    const column = page.getByRole('listitem').filter({ hasText: /^member_idBIGINTrefers to member\.member_id$/ })
    await column.getByRole('button').press('Enter')
    expect(await focused.innerText()).toBe('member')
    await page.getByText('member_name').waitFor()
    await open('group_topic')
    await page.getByText('a set of groups').getByRole('button').click()
    expect(await focused.innerText()).toBe('groups')
  })

  it('shows one statement under the three views', async () => {
    const page = await pages.open('/?page=sql')
    await page.getByLabel('View').selectOption({ label: 'All three side by side' })
    await run(page, byCity)
    for (const name of ['Result, merged', 'Result, batch alone', 'Result, speed alone'])
      await page.getByRole('region', { name }).waitFor()
    expect(new URL(page.url()).searchParams.get('view')).toBe('all')
    await run(page, yes)
    const line = page.getByRole('region', { name: 'The three views' }).getByRole('row').nth(1)
    await expect.poll(() => line.innerText()).toMatch(/^yes\s+864\s/)
    await run(page, 'SELECT count(*) FROM rsvp.rsvp')
    await page.getByText('Leave rsvp. out to let the view choose.').waitFor()
  })

  it('draws what can be drawn, as bars or as a line', async () => {
    const page = await pages.open(pathOf(byCity))
    await page.getByRole('button', { name: 'Chart' }).click()
    await expect.poll(() => page.locator('.result-chart [aria-label="bar"] > *').count()).toBe(5)
    await run(page, 'SELECT range AS n, range * range AS square FROM range(10)')
    await page.getByText(/^10 rows/).waitFor()
    await page.getByRole('button', { name: 'Chart' }).click()
    await expect.poll(() => page.locator('.result-chart [aria-label="line"] path').count()).toBe(1)
  })

  it('saves the answer as CSV and as Parquet', async () => {
    const page = await pages.open(pathOf('SELECT rsvp_id, response FROM rsvp ORDER BY rsvp_id'))
    await page.getByText(/^1,260 rows/).waitFor()
    await page.getByText('The first 500 of 1,260 rows are shown.').waitFor()
    const csv = (await download(page, 'CSV')).toString().trimEnd().split(/\r?\n/)
    expect([csv.length, csv[0]]).toEqual([1261, 'rsvp_id,response'])
    const parquet = new Uint8Array(await download(page, 'Parquet'))
    expect(await parquetReadObjects({ file: parquet.buffer })).toHaveLength(1260)
  })

  it.each([rsvp, sensor].map((dataset) => [dataset.name, dataset] as const))(
    'runs the examples of %s',
    async (name, { examples = [] }) => {
      expect(examples.length).toBeGreaterThan(0)
      const page = await pages.open(`/?page=sql&dataset=${name}`)
      for (const { title } of examples) {
        await page.getByRole('button', { name: title, exact: true }).click()
        await page.getByText(/^\d+ rows? in /).waitFor()
      }
    },
  )

  describe.each([360, 1440])('%i px wide', (width) => {
    it.each(['light', 'dark'] as const)(
      'is accessible in %s with what came of a statement, and fits',
      async (colorScheme) => {
        const options = { viewport: { width, height: 800 }, colorScheme }
        const page = await pages.open(pathOf(byCity), options)
        await result(page).waitFor()
        expect(await faultsOf(page)).toEqual([])
        await page.evaluate(openTables)
        await page.getByText('refers to member.member_id').first().waitFor()
        expect(await faultsOf(page)).toEqual([])
        await page.getByRole('button', { name: 'Chart' }).click()
        expect(await faultsOf(page)).toEqual([])
        await page.getByLabel('View').selectOption({ label: 'All three side by side' })
        await page.getByRole('button', { name: 'Run' }).click()
        await page.getByRole('region', { name: 'Result, speed alone' }).waitFor()
        expect(await faultsOf(page)).toEqual([])
        await type(page, 'SELECT * FROM g')
        await page.getByRole('option', { name: 'groups' }).waitFor()
        expect(await faultsOf(page)).toEqual([])
      },
    )
  })
})
