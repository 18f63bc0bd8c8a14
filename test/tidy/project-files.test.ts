import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { satisfies } from 'semver'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
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

it('.nvmrc names a Node that package.json allows: the oldest, so that nothing newer is used unnoticed', () => {
  const node = read('.nvmrc').trim()
  expect(satisfies(`${node}.0`, manifest.engines.node)).toBe(true)
  expect(manifest.engines.node).toBe(`>=${node}`)
})

it('the changelog has a section Pending above the released versions, the newest of which is ours', () => {
  const sections = [...read('CHANGELOG.md').matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)
  expect(sections[0]).toBe('Pending')
  expect(sections[1]).toMatch(new RegExp(String.raw`^${manifest.version} - \d{4}-\d{2}-\d{2}$`))
})

const Workflow = z.object({
  jobs: z.record(
    z.string(),
    z.object({ steps: z.array(z.object({ uses: z.string().optional(), run: z.string().optional() })) }),
  ),
})

/** What the workflow runs, and the actions that are not of the hosts of the workflow themselves. */
function stepsOf(workflow: string) {
  const { jobs } = Workflow.parse(parse(workflow))
  const steps = Object.values(jobs).flatMap((job) => job.steps)
  return {
    run: steps.flatMap(({ run = [] }) => run),
    foreign: steps.flatMap(({ uses = [] }) => uses).filter((action) => !action.startsWith('actions/')),
  }
}

it('the workflow runs .ci/run and nothing else', () => {
  const workflow = read('.github/workflows/ci.yml')
  expect(stepsOf(workflow)).toEqual({ run: ['.ci/run'], foreign: [] })
  expect(stepsOf(`${workflow}      - run: npm test\n`).run).toHaveLength(2)
})
