import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openHistory } from '../../bench/events/history.ts'
import { runBareScript } from '../../bench/peers/bare-script.ts'
import { generationRows, peerRows, requireSameTables } from '../../bench/peers/tables.ts'
import { withOwnEngine } from '../../bench/product/engine.ts'
import type { Manifest } from '../../schemas/formats/manifest.ts'

const events = 1000

describe('before anything is timed', () => {
  let folder: string
  let manifest: Manifest
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemark-same-'))
    const history = await openHistory(join(folder, 'history'), events)
    manifest = await history.copyGenerationTo(folder)
    const lines = await history.lines()
    await withOwnEngine((session) => runBareScript(session, { lines, out: folder }))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('the script by hand and a batch run have made the same tables', async () => {
    const tables = [generationRows(manifest, join(folder, 'store')), peerRows(folder)] as const
    await withOwnEngine((session) => requireSameTables(session, tables, 'the script'))
  })

  it.each([
    [
      'one value changed',
      `SELECT * REPLACE (CASE WHEN venue_id % 1000 = 1 THEN 'X' ELSE venue_name END AS venue_name)`,
    ],
    ['a row missing', 'SELECT * EXCLUDE n'],
  ])('%s is seen, and the table named', async (fault, select) => {
    const theirs = new Map(peerRows(folder))
    const rows = theirs.get('venue') ?? ''
    const planted =
      fault === 'a row missing'
        ? `${select} FROM (SELECT *, row_number() OVER () AS n FROM (${rows})) WHERE n > 1`
        : `${select} FROM (${rows})`
    theirs.set('venue', planted)
    const tables = [generationRows(manifest, join(folder, 'store')), theirs] as const
    await expect(withOwnEngine((session) => requireSameTables(session, tables, 'the script'))).rejects.toThrow(
      /^not the same answers as the script: venue \([^;]*\)$/,
    )
  })
})
