import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keepReport, loadReports } from '../../bench/report/kept-reports.ts'
import type { Report } from '../../bench/report/kept-reports.ts'
import { resultsPage } from '../../bench/report/results-page.ts'

const machine = { cores: 2, cpu: 'a CPU', memoryGib: 24, system: 'linux x64', node: 'v20', engine: 'DuckDB' }

function reportOf(at: string, value: number, key = 'stage.ratio'): Report {
  return {
    at,
    commit: `c-${value}`,
    events: 1000,
    runs: 1,
    machine,
    figures: [
      {
        key,
        title: `title of ${key}`,
        unit: 'x',
        against: 'a peer | of ours',
        goal: { atMost: 2 },
        measured: { min: value, median: value, max: value, runs: 1 },
        reached: value <= 2 ? 'goal' : 'short',
      },
    ],
  }
}

describe('kept reports', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemark-results-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('come back as they were, oldest first', async () => {
    const [older, newer] = [reportOf('2026-11-28T10:00:00.000Z', 4), reportOf('2026-11-29T09:00:00.000Z', 1.5)]
    await keepReport(folder, newer)
    await keepReport(folder, older)
    expect(await loadReports(folder)).toEqual([older, newer])
  })
})

describe('the page of results', () => {
  const reports = [
    reportOf('2026-11-28T10:00:00.000Z', 4),
    reportOf('2026-11-28T11:00:00.000Z', 3, 'rebuild.ratio'),
    reportOf('2026-11-29T09:00:00.000Z', 1.5),
  ]

  it('shows the newest of each figure, what it was held to, and what was measured before', () => {
    const page = resultsPage(reports)
    expect(page).toContain(
      String.raw`| stage.ratio | title of stage.ratio | a peer \| of ours | 1.5 x | <= 2: goal reached | 2026-11-29, c-1.5 | 4 x on 2026-11-28, c-4 |`,
    )
    expect(page).toContain('| 3 x | <= 2: FALLS SHORT, 1.5 x the goal | 2026-11-28, c-3 |  |')
  })
})
