import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { recordedLines } from '../../oracle/recording.ts'
import { Tidemark } from '../run-tidemark.ts'

let tidemark: Tidemark

beforeEach(async () => {
  tidemark = await Tidemark.open({ EVENT_BYTES_MAX: '10000' })
})

afterEach(async () => {
  await tidemark.close()
})

const texts = recordedLines()
  .slice(0, 40)
  .map((line) => Buffer.from(line).toString())

async function ingest(content: string | Uint8Array, ...flags: readonly string[]) {
  const file = join(tidemark.folder, 'events')
  await writeFile(file, content)
  return tidemark.run('ingest', file, ...flags)
}

/** How many events of the log are accepted, and how many rejected. */
async function logged(): Promise<readonly unknown[]> {
  const sql = `SELECT count(*) AS accepted, (SELECT count(*) FROM rsvp.rejected) AS rejected FROM rsvp.arrival`
  const { stdout } = await tidemark.run('query', sql, '--format', 'csv')
  return stdout.trim().split('\r\n').slice(1)
}

const indented = texts.map((text) => JSON.stringify(JSON.parse(text), null, 2))

it.each([
  ['joined', texts.join('')],
  ['indented', indented.join('\n')],
  ['in an array', `[${texts.join(',\n')}]`],
  [
    'indented in an array',
    JSON.stringify(
      texts.map((text): unknown => JSON.parse(text)),
      null,
      2,
    ),
  ],
  ['joined and zipped', gzipSync(texts.join(''))],
])('takes events that are %s, once', async (_, content) => {
  const first = await ingest(content)
  expect(first).toMatchObject({ code: 0, stdout: '' })
  expect(first.stderr).toContain('40 received, 0 too long, 40 appended: 40 accepted, 0 rejected\n')
  const again = await tidemark.run('ingest', join(tidemark.folder, 'events'))
  expect(again.stderr).toContain('0 received, 0 too long, 0 appended')
  expect(await logged()).toEqual(['40,0'])
})

it('goes on in an array that has grown', async () => {
  await ingest(`[${texts.slice(0, 30).join(',\n')}`)
  const { code, stderr } = await ingest(`[${texts.join(',\n')}]`)
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('10 received') })
  expect(await logged()).toEqual(['40,0'])
})

it('stops at what holds no events, unless it is told to go on', async () => {
  const csv = 'id,name\n1,x\n2,y\n'
  const stopped = await ingest(csv)
  expect(stopped.code).toBe(1)
  expect(stopped.stderr).toContain('none of its first 3 lines is a JSON object; it begins with "id,name"')
  expect(await logged()).toEqual(['0,0'])
  const forced = await ingest(csv, '--force')
  expect(forced.code).toBe(0)
  expect(forced.stderr).toContain('Rejected events are in the log; tidemark rejected --dataset rsvp says why.')
  expect(forced.stderr).toContain('3 appended: 0 accepted, 3 rejected')
})

it('fails for a rejected event where it is strict', async () => {
  expect((await ingest(`${texts[0]}\n{"cut":\n`)).code).toBe(0)
  const strict = await ingest(`${texts[0]}\n{"cut off":\n`, '--strict')
  expect(strict).toMatchObject({ code: 1, stderr: expect.stringContaining('1 accepted, 1 rejected') })
  expect((await ingest(`${texts[1]}\n`, '--strict')).code).toBe(0)
})

it('fails for what was not taken, and says what', async () => {
  const long = JSON.stringify({ long: 'x'.repeat(10_000) })
  const lines = await ingest(`${texts[0]}\n${long}\n${texts[1]}\n`)
  expect(lines).toMatchObject({ code: 1, stderr: expect.stringContaining('NOT taken: 1 event too long.\n') })
  expect(lines.stderr).toContain('3 received, 1 too long, 2 appended')
  const broken = await ingest(`${texts[2]}${texts[3]}${long}${texts[4]?.slice(0, 50)}`)
  expect(broken).toMatchObject({ code: 1, stderr: expect.stringContaining('3 received, 1 too long, 2 appended') })
  expect(broken.stderr).toContain('NOT taken: the rest of 1 input from where the JSON is broken.\n')
  expect(await logged()).toEqual(['4,0'])
})
