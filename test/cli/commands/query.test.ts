import { parquetReadObjects } from 'hyparquet'
import { decompress } from 'fzstd'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { brokenRecord, rsvpRecord } from '../../support/make-rsvp.ts'
import { Tidemark } from '../run-tidemark.ts'

const counts = 'SELECT response, count(*) AS n FROM rsvp.rsvp GROUP BY response ORDER BY response'

describe('tidemark query', () => {
  let tidemark: Tidemark

  beforeAll(async () => {
    tidemark = await Tidemark.open()
    await tidemark.append([rsvpRecord({ id: 1 }), rsvpRecord({ id: 2, memberName: '渡辺 🙂' })])
    await tidemark.run('batch', 'run')
    await tidemark.append([
      rsvpRecord({ id: 1, mtime: 1_489_920_500_000, response: 'no' }),
      rsvpRecord({ id: 3, groupId: 2 }),
      brokenRecord('{'),
    ])
  })

  afterAll(async () => {
    await tidemark.close()
  })

  it('answers over live and historical rows without a server, and says what the answer stands on', async () => {
    expect(await tidemark.json('query', counts)).toMatchObject({
      columns: [
        { name: 'response', type: 'VARCHAR' },
        { name: 'n', type: 'BIGINT' },
      ],
      rows: [
        { response: 'no', n: 1 },
        { response: 'yes', n: 2 },
      ],
      row_count: 2,
      truncated: false,
      as_of: {
        view: 'merged',
        datasets: { rsvp: { generation: 1, tidemark: { 'rsvp/0': '2' }, speed: { 'rsvp/0': '5' } } },
      },
    })
  })

  it('shows each side of the merged view', async () => {
    const names = 'SELECT rsvp_id FROM rsvp ORDER BY 1'
    expect(await tidemark.json('query', names, '--view', 'batch')).toMatchObject({
      rows: [{ rsvp_id: 1 }, { rsvp_id: 2 }],
    })
    expect(await tidemark.json('query', names, '--view', 'speed')).toMatchObject({
      rows: [{ rsvp_id: 1 }, { rsvp_id: 3 }],
    })
    expect(
      await tidemark.json(
        'query',
        'SELECT (SELECT count(*) FROM rsvp_batch.rsvp) AS b, (SELECT count(*) FROM rsvp_speed.rsvp) AS s',
      ),
    ).toMatchObject({ rows: [{ b: 2, s: 2 }] })
  })

  it('draws a box with wide characters aligned and numbers to the right', async () => {
    const { stdout } = await tidemark.run(
      'query',
      'SELECT member_id, member_name FROM rsvp.member ORDER BY 1',
      '--format',
      'box',
    )
    expect(stdout.split('\n').slice(0, 7)).toEqual([
      '┌───────────┬─────────────┐',
      '│ member_id │ member_name │',
      '├───────────┼─────────────┤',
      '│         1 │ Member 1    │',
      '│         2 │ 渡辺 🙂     │',
      '│         3 │ Member 3    │',
      '└───────────┴─────────────┘',
    ])
    expect(stdout).toMatch(/^3 rows in [\d.]+ ms · merged view · rsvp generation 1, log up to rsvp\/0@5/m)
  })

  it('writes every other format', async () => {
    expect((await tidemark.run('query', counts, '--format', 'ndjson')).stdout).toBe(
      '{"response":"no","n":1}\n{"response":"yes","n":2}\n',
    )
    expect((await tidemark.run('query', counts, '--format', 'csv')).stdout).toBe('response,n\r\nno,1\r\nyes,2\r\n')
    const { bytes } = await tidemark.run('query', counts, '--format', 'parquet')
    const file = new Uint8Array(bytes).buffer
    expect(await parquetReadObjects({ file, compressors: { ZSTD: (page) => decompress(page) } })).toEqual([
      { response: 'no', n: 1n },
      { response: 'yes', n: 2n },
    ])
  })

  it('takes parameters by name: numbers as numbers, quoted ones as text', async () => {
    expect(
      await tidemark.json(
        'query',
        'SELECT rsvp_id FROM rsvp.rsvp WHERE rsvp_id > $least ORDER BY 1 LIMIT $n',
        '--param',
        'least=1',
        '--param',
        'n=1',
      ),
    ).toMatchObject({ rows: [{ rsvp_id: 2 }] })
    expect(
      await tidemark.json('query', 'SELECT typeof($a) AS a, typeof($b) AS b', '--param', "a='7'", '--param', 'b=7'),
    ).toMatchObject({ rows: [{ a: 'VARCHAR', b: 'BIGINT' }] })
  })

  it('answers named queries with their parameters', async () => {
    expect(await tidemark.json('query', '--name', 'most-active-members', '--param', 'limit=2')).toMatchObject({
      row_count: 2,
    })
    expect((await tidemark.run('query', '--list')).stdout).toContain('most-active-members')
    expect(await tidemark.json('query', '--list', '--format', 'json')).toContainEqual(
      expect.objectContaining({ dataset: 'rsvp', name: 'yes-by-city' }),
    )
  })

  it('takes a name that several datasets have for the table of the one that is asked for', async () => {
    const names = 'WITH rsvp AS (FROM rejected) SELECT count(*) AS n FROM rsvp'
    expect(await tidemark.json('query', names, '--dataset', 'rsvp')).toMatchObject({ rows: [{ n: 1 }] })
    expect(await tidemark.json('query', names, '--dataset', 'sensor')).toMatchObject({ rows: [{ n: 0 }] })
  })

  it('says that an answer was cut off', async () => {
    const { stdout, stderr } = await tidemark.run('query', 'FROM rsvp.rsvp', '--max-rows', '2')
    expect(JSON.parse(stdout)).toMatchObject({ row_count: 2, truncated: true })
    expect(stderr).toContain('--max-rows asks for more')
  })

  it.each([
    ['no statement', ['query'], 2, 'give one SELECT statement, or --name of a query'],
    ['a statement and a name', ['query', 'SELECT 1', '--name', 'yes-by-city'], 2, 'give one SELECT statement'],
    ['what is no SELECT', ['query', 'DROP TABLE rsvp.rsvp'], 2, 'SELECT'],
    ['a table that does not exist', ['query', 'FROM rsvp.nothing'], 2, 'nothing'],
    [
      'a name that means a table of several datasets',
      ['query', 'SELECT count(*)\nFROM rejected WHERE log_offset > $least', '--param', 'least=0'],
      2,
      'rejected is a table of 2 datasets: write rsvp.rejected or sensor.rejected (line 2, column 6)',
    ],
    ['what cannot be parsed', ['query', 'SELECT\n1 1'], 2, 'syntax error at or near "1" (line 2, column 3)'],
    ['an unknown view', ['query', 'SELECT 1', '--view', 'both'], 2, 'there are merged, batch, speed'],
    ['an unknown format', ['query', 'SELECT 1', '--format', 'xml'], 2, 'there are box, json'],
    ['an unknown query', ['query', '--name', 'nothing'], 2, 'there are yes-by-city'],
    [
      'an unknown parameter of a query',
      ['query', '--name', 'yes-by-city', '--param', 'town=x'],
      2,
      'it has country, city, limit',
    ],
    [
      'a parameter out of range',
      ['query', '--name', 'yes-by-city', '--param', 'limit=0'],
      2,
      'limit: expected an integer from 1',
    ],
    ['a parameter without a value', ['query', 'SELECT $a', '--param', 'a'], 2, 'expected name=value'],
    ['a dataset that does not exist', ['query', 'SELECT 1', '--dataset', 'nothing'], 2, 'nothing'],
    ['a limit that is none', ['query', 'SELECT 1', '--max-rows', 'many'], 2, 'QUERY_ROWS_MAX'],
    ['a server that does not answer', ['query', 'SELECT 1', '--url', 'http://127.0.0.1:9'], 1, 'does not answer'],
    ['an address that is none', ['query', 'SELECT 1', '--url', 'here'], 2, 'expected http://host:port'],
  ])('refuses %s with a message on stderr and nothing on stdout', async (_, args, code, message) => {
    const ran = await tidemark.run(...args)
    expect(ran).toMatchObject({ code, stdout: '' })
    expect(ran.stderr).toContain(message)
  })

  it('teaches by example in its help', async () => {
    await expect(tidemark.run('query', '--help')).rejects.toThrow('(outputHelp)')
  })
})
