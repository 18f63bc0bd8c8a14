import { availableParallelism, tmpdir, totalmem } from 'node:os'
import { openDuckDb } from '../../connectors/engine/duckdb-engine.ts'
import { withEngine, withSession } from '../../schemas/ports/engine.ts'
import type { Session } from '../../schemas/ports/engine.ts'

/**
 * Lends a session of an engine of its own that may use half of the machine's memory and all of the engine's optimizers:
 * peers have no limits like ours.
 */
export async function withOwnEngine<T>(
  use: (session: Session) => Promise<T>,
  { threads = availableParallelism(), memoryBytesMax = totalmem() / 2 } = {},
): Promise<T> {
  return await withEngine(
    () => openDuckDb({ memoryBytesMax, threads, spillFolder: `${tmpdir()}/tidemark-bench-spill-${process.pid}` }),
    (engine) =>
      withSession(engine, async (session) => {
        await session.run(`SET GLOBAL disabled_optimizers = ''`)
        return await use(session)
      }),
  )
}
