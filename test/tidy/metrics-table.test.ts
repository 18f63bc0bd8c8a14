import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { metricFamilies } from '../../serving/metrics/metric-families.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

it("README's table of metrics is what is exported: every name, its type, its labels, its meaning", () => {
  const rows = readme.split('\n').filter((line) => /^\| `tidemark_[a-z_]+` \|/.test(line))
  expect(rows).toEqual(
    Object.entries(metricFamilies).map(
      ([name, { type, labels, help }]) => `| \`${name}\` | ${type} | ${labels.join(', ')} | ${help} |`,
    ),
  )
})
