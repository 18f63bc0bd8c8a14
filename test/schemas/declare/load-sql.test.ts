import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadSql, sqlPlace } from '../../../schemas/declare/load-sql.ts'
import { OwnersFolder } from '../../support/owned-datasets.ts'

let owner: OwnersFolder
beforeEach(async () => {
  owner = await OwnersFolder.open()
})
afterEach(async () => {
  await owner.remove()
})

it('says where a position of a statement stands in the files that it was joined of, trimmed or not', async () => {
  const first = await owner.write('first.sql', '\nWITH a AS (\n  SELECT 1 AS one\n)\n')
  const second = await owner.write('second.sql', 'SELECT one\nFROM a\n')
  const [head, tail] = [first, second].map((file) => loadSql(pathToFileURL(file).href, file))
  const sql = `${head?.trim()} ${tail}`
  expect(sqlPlace(sql, { line: 2, column: 3 })).toBe(`${first}:3:3`)
  expect(sqlPlace(sql, { line: 3, column: 10 })).toBe(`${second}:1:8`)
  expect(sqlPlace(sql, { line: 4, column: 6 })).toBe(`${second}:2:6`)
  expect(sqlPlace(sql, null)).toBe(`${first}, ${second}`)
})

it('says nothing of a statement, or a part of one, that was read from no file', async () => {
  const file = await owner.write('part.sql', 'FROM b')
  const sql = `SELECT two ${loadSql(pathToFileURL(file).href, file)}`
  expect(sqlPlace(sql, { line: 1, column: 8 })).toBe(null)
  expect(sqlPlace('SELECT 1', { line: 1, column: 8 })).toBe(null)
  expect(sqlPlace('SELECT 1', null)).toBe(null)
})
