import { describe, expect, it } from 'vitest'
import { checkStatementText } from '../../../serving/sql/statement-text.ts'

const many = (count: number, make: (n: number) => string | number) =>
  Array.from({ length: count }, (_, n) => make(n)).join()

function verdict(sql: string): string {
  try {
    checkStatementText(sql)
    return 'taken'
  } catch (error) {
    if (error instanceof Error && 'code' in error) return `${String(error.code)} ${error.message}`
    throw error
  }
}

describe('a statement', () => {
  it.each([
    ['of 256 KiB', `SELECT '${'x'.repeat(256 * 1024 - 9)}'`],
    ['with a list of 40,000 numbers', `SELECT 1 FROM t WHERE a IN (${many(40_000, (n) => n - 20_000)})`],
    ['with a list of 30,000 texts', `SELECT 1 FROM t WHERE a IN (${many(30_000, (n) => `'${n}'`)})`],
    ['with 30,000 rows of values', `SELECT 1 FROM (VALUES ${many(30_000, (n) => `(${n})`)})`],
    ['of 9,000 words', `SELECT ${many(9_000, () => 'a')} FROM t`],
    ['that groups by 4,000 texts', `SELECT 1 FROM t GROUP BY ${many(4_000, (n) => `'${n}'`)}`],
    ['nested 200 deep', `SELECT ${'('.repeat(200)}1${')'.repeat(200)}`],
    ['with more brackets than that beside each other', `SELECT ${many(1_000, () => '(1)')}`],
    ['with CASEs beside each other', `SELECT ${many(1_000, () => 'CASE WHEN 1 THEN 2 END')}`],
    ['with brackets in texts', `SELECT ${many(1_000, () => "':('")}, '${'('.repeat(1_000)}', $$${'['.repeat(1_000)}$$`],
    ['with brackets in a text that has escapes', `SELECT E'\\'${'('.repeat(1_000)}', 'it''s ${'('.repeat(1_000)}'`],
    ['with brackets in names', `SELECT "${'('.repeat(1_000)} "" ${'{'.repeat(1_000)}"`],
    ['with brackets in comments', `SELECT 1 -- ${'('.repeat(1_000)}\n/* /* ${'(('.repeat(1_000)} */ ( */`],
    ['with words in a tagged text', `SELECT $tag$ ${'a '.repeat(20_000)} $ta$ $tag$`],
    ['with a ruler in a comment', `/*${'='.repeat(900)}*/ SELECT 1 --${'-'.repeat(900)}`],
    ['with comments that do not touch', `SELECT 1 ${'/* a */ '.repeat(20_000)}`],
  ])('%s is taken', (_, sql) => {
    expect(verdict(sql)).toBe('taken')
  })

  it.each([
    ['longer than that in bytes', `SELECT '${'é'.repeat(128 * 1024)}'`, '262144 bytes'],
    ['of more words', `SELECT ${many(10_001, () => 'a')}`, '10000 names'],
    ['of operators', `SELECT 1${'::int'.repeat(6_000)}`, '10000 names'],
    ['of parameters', `SELECT ${many(10_001, () => '?')}`, '10000 names'],
    ['of quoted names', `SELECT ${many(10_001, () => '"a"')}`, '10000 names'],
    ['that groups by more', `SELECT 1 FROM t GROUP BY ${many(5_001, (n) => `'${n}'`)}`, '10000 names'],
    ['that groups by more tagged texts', `SELECT 1 FROM t GROUP BY ${many(5_001, (n) => `$$${n}$$`)}`, '10000 names'],
    ['that rolls up', `SELECT 1 FROM t GROUP BY ROLLUP(${many(1_001, (n) => n)})`, '10000 names'],
    ...['(', '[', "{'a':", 'CASE WHEN ', '(CASE WHEN '].map((open): [string, string, string] => [
      `of ${open} nested`,
      `SELECT ${open.repeat(201)}`,
      '200 brackets and CASEs',
    ]),
    ['nested after names that are `end`', `SELECT ${many(300, () => '1 AS end')}, ${'('.repeat(201)}`, '200 brackets'],
    ['nested after a text with a backslash', `SELECT '\\', ${'('.repeat(201)}, ''`, '200 brackets'],
    ['nested after a text with escapes', `SELECT E'\\'', ${'('.repeat(201)}`, '200 brackets'],
    ['nested after a name that ends in e', `SELECT name'\\', ${'('.repeat(201)}, ''`, '200 brackets'],
    ['nested after an inner comment', `SELECT /* /* */ ' */ ${'('.repeat(201)}`, '200 brackets'],
    ['nested after a name with dollars', `SELECT a$b$, ${'('.repeat(201)} $b$`, '200 brackets'],
    ['nested after a parameter', `SELECT $1, ${'('.repeat(201)}, $1`, '200 brackets'],
    ['nested after a line', `SELECT -- '\n ${'('.repeat(201)}`, '200 brackets'],
    ['of open comments', '/*'.repeat(50_000), '1000 operators in a row'],
    ['of comments side by side', '/**/'.repeat(300), '1000 operators in a row'],
    ['of signs', `SELECT ${'+'.repeat(1_001)}1`, '1000 operators in a row'],
  ])('%s is refused, with the limit', (_, sql, limit) => {
    expect(verdict(sql)).toMatch(`SQL_INVALID the statement has more than ${limit}`)
  })
})
