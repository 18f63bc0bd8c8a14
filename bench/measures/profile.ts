import type { OpenEngine } from '../../cli/parts/plumbing.ts'
import { runAll } from '../../cli/roles/batch-role.ts'
import type { Session } from '../../schemas/ports/engine.ts'
import { rsvp } from '../../schemas/rsvp/dataset.ts'
import type { Lab } from '../lab.ts'
import { withProduct } from '../product/product.ts'
import { costOf, repeat } from '../product/timing.ts'
import { defineRow } from '../row.ts'

/** What a statement of a batch run is for, by how it begins. The first that fits counts. */
const purposes = [
  ['judge', /^(CREATE OR REPLACE TEMP TABLE staged|INSERT INTO staged|SELECT .*FROM staged$)/s],
  ['keep', /^COPY \(FROM \S+ WHERE _offset/],
  ['fold', /^(MERGE|INSERT|DELETE)/],
  ['merge', /^(COPY .*segments-|SELECT \(SELECT count)/s],
  ['write', /^(COPY|SELECT)/],
] as const

type Purpose = (typeof purposes)[number][0] | 'rest'

/** Times every statement of a session by its purpose. */
function timed(session: Session, spent: Map<Purpose, number>): Session {
  const during = async <T>(sql: string, work: () => Promise<T>): Promise<T> => {
    const startedAt = performance.now()
    try {
      return await work()
    } finally {
      const purpose = purposes.find(([, begins]) => begins.test(sql.trim()))?.[0] ?? 'rest'
      spent.set(purpose, (spent.get(purpose) ?? 0) + performance.now() - startedAt)
    }
  }
  return {
    run: (sql) => during(sql, () => session.run(sql)),
    rows: (sql, params) => during(sql, () => session.rows(sql, params)),
    prepare: (sql) => session.prepare(sql),
    append: (table, columns) => session.append(table, columns),
    transaction: (work) => session.transaction(work),
    interrupt: () => session.interrupt(),
    close: () => session.close(),
  }
}

type OpenedEngine = Awaited<ReturnType<OpenEngine>>

function timedEngine(engine: OpenedEngine, spent: Map<Purpose, number>): OpenedEngine {
  const { instance } = engine
  return { instance, connect: async () => timed(await engine.connect(), spent), close: () => engine.close() }
}

/** Where the time of a rebuild goes that judges every event. */
async function measureProfile(lab: Lab) {
  const history = await lab.history()
  return await lab.withFolder(async (folder) => {
    await history.copyGenerationTo(folder)
    return await withProduct(folder, async (product) => {
      const { config, workFolder, logger, openEngine } = product.parts
      return await repeat(lab.runs, async () => {
        await product.forgetVerdicts()
        const spent = new Map<Purpose, number>()
        const needs = {
          config,
          workFolder,
          logger,
          openEngine: async (...given: Parameters<typeof openEngine>) => timedEngine(await openEngine(...given), spent),
        }
        const { wallMs } = await costOf(() =>
          runAll(needs, product.plumbing.store, { datasets: [rsvp], isRebuild: true }),
        )
        return { wallMs, spent }
      })
    })
  })
}

const against = 'time of a rebuild that judges every event'

export const profile = defineRow({
  name: 'profile',
  figures: {
    judge: { title: 'verdict and parse', against, unit: '%' },
    keep: { title: 'writing the verdicts', against, unit: '%' },
    fold: { title: 'folding', against, unit: '%' },
    merge: { title: 'merging what had outgrown the memory', against, unit: '%' },
    write: { title: 'sorting and writing the tables', against, unit: '%' },
    rest: { title: 'reading chunks, digests, puts and what is left', against, unit: '%' },
  },
  async measure(lab) {
    const runs = await measureProfile(lab)
    const share = (...named: readonly Purpose[]) => ({
      samples: runs.map(
        ({ wallMs, spent }) => (100 * named.reduce((sum, purpose) => sum + (spent.get(purpose) ?? 0), 0)) / wallMs,
      ),
    })
    const known = (['judge', 'keep', 'fold', 'merge', 'write'] as const).map((purpose) => share(purpose).samples)
    return {
      judge: share('judge'),
      keep: share('keep'),
      fold: share('fold'),
      merge: share('merge'),
      write: share('write'),
      rest: { samples: runs.map((_, run) => 100 - known.reduce((sum, samples) => sum + (samples[run] ?? 0), 0)) },
    }
  },
})
