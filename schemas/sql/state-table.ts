import { rangesJson } from '../formats/offset-ranges.ts'
import type { Positions } from '../formats/tidemark.ts'
import type { ReplicaState } from '../ports/speed-layer.ts'
import { sqlSchemas } from './sql-schemas.ts'
import { literal } from './sql-text.ts'

/**
 * The table with a replica's state as JSON, in its only row. Readers read it in the transaction that reads the rows.
 */
export function stateTable(dataset: string): string {
  return `${sqlSchemas(dataset).speedRows}._state`
}

export function createStateSql(dataset: string, state: ReplicaState): string {
  return `CREATE TABLE ${stateTable(dataset)} AS SELECT ${literal(encodeState(state))} AS state`
}

export function saveStateSql(dataset: string, state: ReplicaState): string {
  return `UPDATE ${stateTable(dataset)} SET state = ${literal(encodeState(state))}`
}

function encodeState({ generation, tidemark, positions, lost, streamTime }: ReplicaState): string {
  return JSON.stringify({
    generation,
    tidemark: toPairs(tidemark),
    positions: toPairs(positions),
    lost: [...lost].map(([partition, ranges]) => [partition, rangesJson(ranges)]),
    streamTime,
  })
}

export function decodeState(text: string): ReplicaState {
  const state: {
    generation: number
    tidemark: [number, string][]
    positions: [number, string][]
    lost: [number, [string, string][]][]
    streamTime: number | null
  } = JSON.parse(text)
  return {
    generation: state.generation,
    streamTime: state.streamTime,
    tidemark: fromPairs(state.tidemark),
    positions: fromPairs(state.positions),
    lost: new Map(
      state.lost.map(([partition, ranges]) => [
        partition,
        ranges.map(([first, next]) => ({ firstOffset: BigInt(first), nextOffset: BigInt(next) })),
      ]),
    ),
  }
}

function toPairs(positions: Positions): [number, string][] {
  return [...positions].map(([partition, offset]) => [partition, String(offset)])
}

function fromPairs(pairs: readonly [number, string][]): Positions {
  return new Map(pairs.map(([partition, offset]) => [partition, BigInt(offset)]))
}
