import { nodeAt } from '../../contract/contract.ts'
import type { ContractNode } from '../../contract/node.ts'
import type { Dataset } from '../../declare/dataset.ts'
import { conversionOf } from './conversion.ts'
import { latestEpochMs } from './epoch-range.ts'
import { eventPath } from '../sql-text.ts'

/** The time of events, the first part of every version. */
export type EventTime = {
  /** SQL over `event`: a whole number; null for a time that does not fit. */
  readonly value: string
  /** How many of its units a millisecond has. Versions are as fine as the events write their times. */
  readonly perMs: 1 | 1000
  /** True if every time that the contract allows fits. */
  readonly fitsAll: boolean
}

/** Throws a TypeError if the field cannot be a time. */
export function eventTime({ root, time }: { readonly root: ContractNode; readonly time: Dataset['time'] }): EventTime {
  const node = nodeAt(root, time.path)
  const conversion = node && conversionOf(node, { type: 'TIMESTAMPTZ', from: time.unit })
  if (node === undefined || conversion === undefined || conversion === null)
    throw new TypeError(
      `time: ${time.path} must be a whole number of s, ms or us since 1970, or a text of ISO 8601${time.unit === undefined ? '' : `, and unit says ${time.unit}`}`,
    )
  const value = eventPath(time.path)
  const isMs = time.unit === undefined || time.unit === 'ms'
  if (node.kind === 'integer' && isMs && node.min >= 0 && node.max <= latestEpochMs)
    return { value, perMs: 1, fitsAll: true }
  const perMs = node.kind === 'integer' && (isMs || time.unit === 's') ? 1 : 1000
  const epoch = `epoch_us(${conversion.sql(value)})${perMs === 1 ? ' // 1000' : ''}`
  const isAfter1970 = node.kind === 'integer' && node.min >= 0
  return {
    value: isAfter1970 ? epoch : `CASE WHEN ${epoch} >= 0 THEN ${epoch} END`,
    perMs,
    fitsAll: conversion.fitsAll && isAfter1970,
  }
}
