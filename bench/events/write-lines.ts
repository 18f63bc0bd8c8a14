import { rename } from 'node:fs/promises'
import { withOwnEngine } from '../product/engine.ts'
import { literal } from '../../schemas/sql/sql-text.ts'

/** Writes the events of raw chunks below an offset as lines, in the order of the log, with what the log knows of each. */
export async function writeLines({
  chunks,
  events,
  file,
}: {
  readonly chunks: string
  readonly events: number
  readonly file: string
}): Promise<void> {
  const unfinished = `${file}.unfinished`
  const line = `'{"log_offset":' || "offset" || ',"received_at":' || "timestamp" || ',' || substr(decode(value), 2)`
  await withOwnEngine(async (session) => {
    await session.run('SET preserve_insertion_order = true')
    await session.run(
      `COPY (SELECT ${line} FROM read_parquet(${literal(chunks)}) WHERE "offset" < ${events})
       TO ${literal(unfinished)} (FORMAT csv, HEADER false, DELIMITER '\u0001', QUOTE '', ESCAPE '')`,
    )
  })
  await rename(unfinished, file)
}
