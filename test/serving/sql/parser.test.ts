import { expect, it, onTestFinished } from 'vitest'
import { openSqlParser } from '../../../serving/sql/parser.ts'

it('gives each of many texts that are parsed at once its own tree', async () => {
  const parser = await openSqlParser()
  onTestFinished(() => parser.close())
  const numbers = Array.from({ length: 100 }, (_, index) => 100_000 + index)
  const trees = await Promise.all(numbers.map((number) => parser.parse(`SELECT ${number}`)))
  expect(trees.map((tree) => /"value":\s*(10\d{4})\b/.exec(JSON.stringify(tree))?.[1])).toEqual(numbers.map(String))
})
