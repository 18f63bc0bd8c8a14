import { beforeEach, describe, expect, it } from 'vitest'
import type { Cell, Session } from '../../../schemas/ports/engine.ts'
import type { Answer, JsonValue, ReadRequest } from '../../../serving/replica/reader.ts'
import { asOf } from '../../fakes/fake-reader.ts'
import { openEngine, setUp } from '../../support/serve-fakes.ts'

/** Answers the statements themselves from tables of generated rows. */
function answerFrom(session: Session) {
  return async ({ sql, params, rowsMax }: ReadRequest): Promise<Answer> => {
    const found = await session.rows(sql, Array.isArray(params) ? params : [])
    const columns = Object.keys(found[0] ?? {}).map((name) => ({ name, type: 'VARCHAR' }))
    const rows = found.slice(0, rowsMax).map((row) => Object.values(row).map(toJson))
    return { columns, rows, isTruncated: found.length > rowsMax, asOf, elapsedMs: 1 }
  }
}

function toJson(value: Cell): JsonValue {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return value
}

let session: Session

beforeEach(async () => {
  session = await (await openEngine()).connect()
  return () => session.close()
})

async function setUpTables() {
  const given = await setUp()
  given.reader.answer = answerFrom(session)
  return given
}

type Served = Awaited<ReturnType<typeof setUp>>['app']

async function readPage(app: Served, url: string): Promise<{ readonly rows: unknown[]; readonly next: string | null }> {
  const response = await app.inject({ url })
  expect(response.statusCode).toBe(200)
  const { rows, next_cursor: cursor } = response.json()
  const next = /^<(.*)>; rel="next"$/.exec(String(response.headers['link']))?.[1]
  expect(next === undefined).toBe(cursor === null)
  return { rows, next: next ?? null }
}

/** Follows the cursors from the first page to the last. `between` runs after each. */
async function allPages(app: Served, url: string, between: (page: number) => Promise<void> = async () => undefined) {
  const pages: unknown[][] = []
  let next: string | null = url
  while (next !== null) {
    const page = await readPage(app, next)
    pages.push(page.rows)
    next = page.next
    await between(pages.length)
  }
  return pages
}

describe('the pages of a table', () => {
  it('hold every row once, in the order of the key, whatever the size of a page', async () => {
    await session.run(
      `CREATE TABLE group_topic AS SELECT (i * 7919) % 40 AS group_id, chr(97 + (i % 9)::INTEGER) || '''é' AS urlkey FROM range(300) t(i) GROUP BY ALL`,
    )
    const { app } = await setUpTables()
    const expected = (await session.rows('SELECT * FROM group_topic ORDER BY ALL')).map((row) => ({
      ...row,
      group_id: Number(row['group_id']),
    }))
    expect(expected.length).toBeGreaterThan(100)
    for (const limit of [1, 7, expected.length - 1, expected.length, expected.length + 1]) {
      const pages = await allPages(app, `/v1/rsvp/tables/group_topic?limit=${limit}&view=merged`)
      expect(pages.flat()).toEqual(expected)
      expect(pages.length).toBe(Math.ceil(expected.length / limit))
    }
  })

  it('miss no row that stays and repeat none while rows come, go and are written anew', async () => {
    await session.run(
      `CREATE TABLE member AS SELECT i AS member_id, 'old' AS member_name, NULL::VARCHAR AS photo FROM range(0, 1000, 2) t(i)`,
    )
    const { app } = await setUpTables()
    const pages = await allPages(app, '/v1/rsvp/tables/member?limit=50', async (page) => {
      await session.run(
        `CREATE OR REPLACE TABLE member AS FROM (SELECT member_id, 'handed over' AS member_name, photo FROM member WHERE member_id <> ${page * 10} UNION ALL SELECT ${page * 30 + 1}, 'new', NULL) ORDER BY random()`,
      )
    })
    const ids = pages.flat().map((row) => Object(row).member_id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toEqual(ids.toSorted((a, b) => a - b))
    const removed = pages.map((_, i) => (i + 1) * 10)
    const staying = Array.from({ length: 500 }, (_, i) => i * 2).filter((id) => !removed.includes(id))
    expect(ids).toEqual(expect.arrayContaining(staying))
  })

  it('go on exactly after ids beyond 2^53 and times', async () => {
    await session.run(
      `CREATE TABLE rsvp_change AS SELECT 9007199254740991 + i % 3 AS rsvp_id, to_timestamp(1489926600.001 * i) AS mtime, 'yes' AS response, 0 AS guests FROM range(9) t(i)`,
    )
    await session.run(
      `CREATE TABLE arrival AS SELECT (i % 2)::INTEGER AS log_partition, i AS log_offset, now() AS received_at, 1 AS rsvp_id, now() AS mtime, 'no' AS response, 0 AS guests FROM range(10) t(i)`,
    )
    const { app } = await setUpTables()
    for (const table of ['rsvp_change', 'arrival']) {
      const whole = await allPages(app, `/v1/rsvp/tables/${table}`)
      expect((await allPages(app, `/v1/rsvp/tables/${table}?limit=2`)).flat()).toEqual(whole.flat())
    }
  })

  it('say null for the next one on the last, and answer an empty table', async () => {
    await session.run('CREATE TABLE topic (urlkey VARCHAR, topic_name VARCHAR)')
    const { app } = await setUpTables()
    expect((await app.inject({ url: '/v1/rsvp/tables/topic' })).json()).toMatchObject({
      rows: [],
      row_count: 0,
      truncated: false,
      next_cursor: null,
    })
  })
})

describe('a cursor', () => {
  it('is refused where no page of this table answered it', async () => {
    const { app, reader } = await setUpTables()
    const cursor = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const wrong = [
      '',
      'x',
      cursor({}),
      cursor({ t: 'rsvp.topic', k: ['a'] }),
      cursor({ t: 'rsvp.groups', k: [1] }),
      cursor({ t: 'rsvp.member', k: [] }),
      cursor({ t: 'rsvp.member', k: [1, 2] }),
      cursor({ t: 'rsvp.member', k: ['1; DROP TABLE member'] }),
      cursor({ t: 'rsvp.member', k: ['9223372036854775808'] }),
      cursor({ t: 'rsvp.member', k: [1.5] }),
      cursor({ t: 'rsvp.member', k: [null] }),
    ]
    for (const text of wrong) {
      const response = await app.inject({ url: `/v1/rsvp/tables/member?cursor=${text}` })
      expect([text, response.statusCode, response.json().detail]).toEqual([
        text,
        400,
        'cursor: not a next_cursor of rsvp.member.',
      ])
    }
    expect(reader.requests).toEqual([])
  })
})
