import { join } from 'node:path'
import { expect, it } from 'vitest'
import { absoluteDatasetList, parseDatasetList } from '../../../schemas/declare/dataset-list.ts'

const here = process.cwd()

it.each([
  ['rsvp', { kind: 'example', name: 'rsvp' }],
  ['./shop', { kind: 'path', name: 'shop', path: join(here, 'shop') }],
  ['shop/', { kind: 'path', name: 'shop', path: join(here, 'shop') }],
  ['.', { kind: 'path', name: here.split('/').at(-1), path: here }],
  ['./more/dataset.ts', { kind: 'path', name: 'more', path: join(here, 'more/dataset.ts') }],
  ['/srv/orders.js', { kind: 'path', name: 'orders', path: '/srv/orders.js' }],
  ['orders.mts', { kind: 'path', name: 'orders', path: join(here, 'orders.mts') }],
  ['file://elsewhere/shop', { kind: 'path', name: 'shop', path: join(here, 'file:/elsewhere/shop') }],
  ['file:///srv/a%2Cb/shop', { kind: 'path', name: 'shop', path: '/srv/a,b/shop' }],
])('%s is an example or a path', (given, entry) => {
  expect(parseDatasetList(given)).toEqual([entry])
})

it('blanks around entries, empty entries and entries that are given twice count for nothing', () => {
  const names = parseDatasetList(' rsvp , ./shop,,rsvp,shop/,').map(({ name }) => name)
  expect(names).toEqual(['rsvp', 'shop'])
  expect(parseDatasetList(' , ')).toEqual([])
})

it('the list for another process means the same in every working directory, also where a path has a comma', () => {
  const list = absoluteDatasetList('rsvp,./shop,file:///srv/a%2Cb/dataset.ts')
  expect(list).toBe(`rsvp,file://${here}/shop,file:///srv/a%2Cb/dataset.ts`)
  expect(parseDatasetList(list)).toEqual(parseDatasetList('rsvp,./shop,file:///srv/a%2Cb/dataset.ts'))
})
