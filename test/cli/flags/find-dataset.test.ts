import { expect, it } from 'vitest'
import { findDataset } from '../../../cli/flags/find-dataset.ts'
import type { DefinedDataset } from '../../../schemas/declare/define-dataset.ts'
import type { LoadedDatasets } from '../../../schemas/declare/load-datasets.ts'
import { rsvp } from '../../../schemas/rsvp/dataset.ts'

const { isDefault: _, ...plain } = rsvp
const [first, second] = [
  { ...plain, name: 'first' },
  { ...plain, name: 'second' },
]

it('means the default dataset where none is named, whatever its place', () => {
  expect(findDataset(running([first, rsvp, second]), undefined)).toBe(rsvp)
  expect(findDataset(running([first]), undefined)).toBe(first)
})

it('asks which one where none is the default', () => {
  expect(() => findDataset(running([first, second]), undefined)).toThrow(
    'say which dataset with --dataset: first, second',
  )
  expect(() => findDataset(running([first, second]), 'third')).toThrow(
    'there is no dataset third; there are first, second',
  )
})

it('names those that both say they are the default, and takes neither', () => {
  const copy = { ...rsvp, name: 'copy' }
  expect(() => findDataset(running([rsvp, copy]), undefined)).toThrow('rsvp and copy both say they are the default')
  expect(findDataset(running([rsvp, copy]), 'copy')).toBe(copy)
})

it('says why one that is left out cannot be meant', () => {
  const loaded = {
    datasets: [first],
    leftOut: [{ name: 'second', reason: 'second: its time', cause: new Error('no') }],
  }
  expect(() => findDataset(loaded, 'second')).toThrow('second: its time: no')
})

function running(datasets: readonly DefinedDataset[]): LoadedDatasets {
  return { datasets, leftOut: [] }
}
