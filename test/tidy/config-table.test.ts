import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Environment } from '../../cli/parts/config.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

describe("README's table of variables", () => {
  it('is the schema: every variable, its default, its meaning', () => {
    const rows = readme.split('\n').filter((line) => /^\| `[A-Z0-9_]+` \|/.test(line))
    expect(rows).toEqual(tableRows())
    expect(rows.length).toBeGreaterThan(10)
  })
})

function tableRows(): readonly string[] {
  return Object.entries(Environment.shape).map(([name, schema]) => {
    const parsed = schema.safeParse(undefined)
    const fallback = parsed.data === undefined || parsed.data === '' ? '' : `\`${parsed.data}\``
    return `| \`${name}\` | ${fallback} | ${schema.description} |`
  })
}
