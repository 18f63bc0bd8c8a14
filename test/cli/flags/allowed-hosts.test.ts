import { expect, it } from 'vitest'
import { loadConfig } from '../../../cli/parts/config.ts'
import { hostNames } from '../../../schemas/asked-host.ts'

it('reads the names that a service is reached by', () => {
  const { ALLOWED_HOSTS: list } = loadConfig({ ALLOWED_HOSTS: 'serve-1, Tidemark.example.org.,under_score' })
  expect(hostNames(list)).toEqual(['serve-1', 'tidemark.example.org', 'under_score'])
  expect(hostNames(loadConfig({}).ALLOWED_HOSTS)).toEqual([])
})

it.each(['a:8080', 'http://a', '*.example.org', 'a,,b', 'a b', '.example.org'])(
  'refuses %s, which no request could name',
  (list) => {
    expect(() => loadConfig({ ALLOWED_HOSTS: list })).toThrow('ALLOWED_HOSTS: expected names without ports')
  },
)
