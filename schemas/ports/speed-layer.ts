import { rangesJson } from '../formats/offset-ranges.ts'
import type { PartitionRanges } from '../formats/offset-ranges.ts'
import type { Positions, Tidemark } from '../formats/tidemark.ts'

/** Schemas of a dataset inside a replica. The first three are what people see; the others hold versions beside the rows. */
export function schemasOf(dataset: string): {
  merged: string
  batch: string
  speed: string
  batchRows: string
  speedRows: string
} {
  return {
    merged: dataset,
    batch: `${dataset}_batch`,
    speed: `${dataset}_speed`,
    batchRows: `_${dataset}_batch`,
    speedRows: `_${dataset}_speed`,
  }
}

/** What a replica stands on. It changes in the transaction that changes the rows, so that a reader sees both or neither. */
export type ReplicaState = {
  readonly generation: number
  readonly tidemark: Tidemark
  /** The first offset of each partition that is not in the merged view. */
  readonly positions: Positions
  /** Offsets below `positions` that the merged view lacks: the log deleted them before they were archived and read. */
  readonly lost: PartitionRanges
  /** Newest event time, never later than its reception; epoch ms. */
  readonly streamTime: number | null
}

/** A table with one row, the state as JSON. Readers take it in their own transaction. */
export function stateTable(dataset: string): string {
  return `${schemasOf(dataset).speedRows}._state`
}

export type NextGeneration = {
  readonly generation: number
  readonly tidemark: Tidemark
  /** Offsets below its tidemark that it lacks. */
  readonly lost: PartitionRanges
  readonly streamTime: number | null
  /** Statements that point the batch side's views at the generation's rows. */
  readonly viewStatements: readonly string[]
}

/** The recent part of one dataset, in memory. */
export interface SpeedView {
  /**
   * Shows readers another generation and drops what it covers, as one step. A generation whose tidemark lies beyond what
   * was read makes the view jump to it. Never goes back: an older generation is refused with a throw.
   */
  handOver(next: NextGeneration): Promise<void>
  state(): ReplicaState
}

export function encodeState({ generation, tidemark, positions, lost, streamTime }: ReplicaState): string {
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

/** How a speed view comes along behind the log. */
export interface SpeedProgress {
  /** Resolves once the view has reached these positions, or the signal aborts. */
  reach(target: Positions, signal?: AbortSignal): Promise<void>
  /** Resolves once records up to these positions were read, in the view or not yet, or the signal aborts. */
  receive(target: Positions, signal?: AbortSignal): Promise<void>
  /**
   * When the oldest record that was read but is not in the view was received, or read where the log does not say when it
   * received it; epoch ms, null where there is none.
   */
  readonly oldestPending: number | null
}
