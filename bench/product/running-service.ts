import { firstAnswer, startTidemark, urlOf } from './tidemark-process.ts'
import { askSql } from './ask.ts'
import type { Peaks } from './memory-watch.ts'

export type RunningService = { readonly url: string; readonly pid: number }

/** Starts the built service on a data folder, and calls `use` once its SQL workers answer. Returns its peaks, too. */
export async function withService<T>(
  { args, folder, env = {} }: { args: readonly string[]; folder: string; env?: NodeJS.ProcessEnv },
  use: (service: RunningService) => Promise<T>,
): Promise<{ readonly result: T; readonly peaks: Peaks }> {
  const service = startTidemark([...args, '--port', '0'], folder, env)
  try {
    const url = await urlOf(service)
    await firstAnswer(service, () => askSql(url, 'SELECT count(*) FROM rsvp.arrival'))
    const result = await use({ url, pid: service.child.pid ?? 0 })
    service.child.kill('SIGTERM')
    return { result, peaks: await service.ended() }
  } finally {
    service.child.kill('SIGKILL')
  }
}
