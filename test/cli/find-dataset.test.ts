import { expect, it } from 'vitest'
import { findDataset } from '../../cli/find-dataset.ts'
import { rsvp } from '../../schemas/rsvp/dataset.ts'

const { isDefault: _, ...plain } = rsvp
const [first, second] = [
  { ...plain, name: 'first' },
  { ...plain, name: 'second' },
]

it('means the default dataset where none is named, whatever its place', () => {
  expect(findDataset([first, rsvp, second], undefined)).toBe(rsvp)
  expect(findDataset([first], undefined)).toBe(first)
})

it('asks which one where none is the default', () => {
  expect(() => findDataset([first, second], undefined)).toThrow('say which dataset with --dataset: first, second')
  expect(() => findDataset([first, second], 'third')).toThrow('there is no dataset third; there are first, second')
})
