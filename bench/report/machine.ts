import { execFile } from 'node:child_process'
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os'
import { promisify } from 'node:util'
import { z } from 'zod'
import { version as engineVersion } from '@duckdb/node-api'

/** What the figures were measured on. */
export const Machine = z.object({
  cores: z.int(),
  cpu: z.string(),
  memoryGib: z.int(),
  system: z.string(),
  node: z.string(),
  engine: z.string(),
})
export type Machine = z.output<typeof Machine>

export function describeMachine(): Machine {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryGib: Math.round(totalmem() / 1024 ** 3),
    system: `${platform()} ${arch()}`,
    node: process.version,
    engine: `DuckDB ${engineVersion()}`,
  }
}

/** The commit that is checked out, `-dirty` if files have changed since; null outside of a clone. */
export async function currentCommit(): Promise<string | null> {
  const asked = promisify(execFile)('git', ['describe', '--always', '--dirty', '--exclude', '*'])
  return await asked.then(({ stdout }) => stdout.trim()).catch(() => null)
}
