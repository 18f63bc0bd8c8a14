import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { commandsAreThere, linksResolve, loadRepository, namedPathsExist } from './repository.ts'

const root = new URL('../..', import.meta.url).pathname
const { paths, pages } = await loadRepository(root)

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const shell = (...commands: readonly string[]) => ['```sh', ...commands, '```', ''].join('\n')

const rules = [
  {
    name: 'links of pages lead somewhere',
    rule: linksResolve,
    breaks: ['[gone](decisions/gone.md)', '![gone](gone.png)'],
    follows: '[here](../README.md#run-it), [there](https://example.org/gone.md), [a folder](decisions/)',
  },
  {
    name: 'paths that pages name are there',
    rule: namedPathsExist,
    breaks: ['`serving/gone.ts`', 'see `gone.ts`', '`test/gone/*.test.ts`'],
    follows:
      '`schemas/<dataset>/contract.ts`, `test/exactness/sensor-*.test.ts`, `fold-sql.ts`, `rsvp/0`, `cli/`\n\n`schemas/parking/tables.ts`\n\n```ts\n```\n',
  },
  {
    name: 'commands that pages show call what is there',
    rule: commandsAreThere(new Set(Object.keys(scripts)), read),
    breaks: [
      shell('npm run gone'),
      shell('npx vitest run test/gone.test.ts'),
      shell("npx vitest run test/batch/run.test.ts -t 'no such promise'"),
    ],
    follows: shell('npm run build && npm test', "npx vitest run test/batch/run.test.ts -t 'the same bytes'", '.ci/run'),
  },
] as const

describe.each(rules)('$name', ({ rule, breaks, follows }) => {
  it.each(breaks)('catches a planted breach: %s', (text) => {
    expect(rule({ path: 'docs/a.md', text }, paths)).toHaveLength(1)
  })

  it('lets pass what is there, and what is none of its business', () => {
    expect(rule({ path: 'docs/a.md', text: follows }, paths)).toEqual([])
  })

  it('holds on every page', () => {
    expect(pages.has('README.md') && pages.has('docs/decisions/README.md')).toBe(true)
    expect([...pages].flatMap(([path, text]) => rule({ path, text }, paths))).toEqual([])
  })
})
