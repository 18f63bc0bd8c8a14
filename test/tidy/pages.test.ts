import { describe, expect, it } from 'vitest'
import { linksResolve, loadRepository, namedPathsExist } from './repository.ts'

const root = new URL('../..', import.meta.url).pathname
const { paths, pages } = await loadRepository(root)

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
