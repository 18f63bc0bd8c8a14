import { describe, expect, it } from 'vitest'
import { simulateYear } from '../../bench/product/store-of-year.ts'
import { loadConfig } from '../../cli/parts/config.ts'
import type { DataFile, Manifest } from '../../schemas/formats/manifest.ts'

const minutes = 365 * 24 * 60
const file: DataFile = {
  key: 'rsvp/1/a/arrival-0001.parquet',
  rows: 1,
  bytes: 1,
  time_from: 0,
  time_to: 0,
  sha256: null,
}
const manifest: Manifest = {
  format: 2,
  dataset: 'rsvp',
  generation: 1,
  predecessor: 0,
  run_id: 'a',
  declaration: 'd',
  contract: 'c',
  topic: 'rsvp',
  log_identity: 'l',
  tidemark: new Map([[0, 1n]]),
  lost: new Map(),
  stream_time: 0,
  created_at: '2026-01-01T00:00:00.000Z',
  run_ms: 1,
  is_rebuild: false,
  tables: { arrival: [file] },
}

function yearAt(eventsPerSecond: number, variables: Readonly<Record<string, string>> = {}) {
  const events = Array.from({ length: 100_000 }, () => new Uint8Array(1000))
  return simulateYear({ eventsPerSecond, events, manifest, config: loadConfig(variables) })
}

describe('the store of a year', () => {
  it('has a manifest a minute, and two chunks, because their age closes them', () => {
    expect(yearAt(1)).toMatchObject({ manifests: minutes, chunks: 2 * minutes })
  })

  it('has more chunks where their size closes them', () => {
    // A chunk holds 31,537 records of 1,064 bytes: 1.9 of them a minute at 1,000 events/s, 19.03 at 10,000.
    expect(yearAt(1000).chunks).toBe(2 * minutes)
    expect(yearAt(10_000).chunks).toBe(20 * minutes)
  })

  it('has a file of `arrival` for each half of the most rows, or for each run that has more', () => {
    // 84 runs of 6,000 rows make a file of 504,000, and the day's last one has room.
    expect(yearAt(100).files).toBe(365 * 18)
    expect(yearAt(10_000)).toMatchObject({ files: minutes, rowsWritten: 1 })
    expect(yearAt(10_000, { BATCH_FILE_ROWS_MAX: '300000' }).files).toBe(2 * minutes)
  })

  it('has a manifest that grows with its files', () => {
    expect(yearAt(10_000).manifestBytes / yearAt(100).manifestBytes).toBeGreaterThan(50)
  })
})
