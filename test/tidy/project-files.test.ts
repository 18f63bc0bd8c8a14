import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { z } from 'zod'

const root = new URL('../..', import.meta.url).pathname
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const manifest = z
  .object({
    version: z.string(),
    engines: z.object({ node: z.string() }),
    dependencies: z.record(z.string(), z.string()),
  })
  .parse(JSON.parse(read('package.json')))

it('the page on dependencies names each package once, and none that is not used', () => {
  const rows = [...read('docs/dependencies.md').matchAll(/^\| (`[^|]+) \|/gm)].map(([, names = '']) => names)
  const named = rows.flatMap((names) => names.replaceAll('`', '').split(', '))
  expect(named.toSorted()).toEqual(Object.keys(manifest.dependencies).toSorted())
})
