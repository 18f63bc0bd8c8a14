import { AppError } from '../../../schemas/errors.ts'
import { checkSelect } from '../../../serving/sql/guard.ts'
import { openSqlParser } from '../../../serving/sql/parser.ts'

const tables = new Map([
  ['rsvp', ['member', 'rsvp', 'rejected']],
  ['sensor', ['reading', 'rejected']],
])

/** What the guard says against a statement, null where it lets it pass. */
export type Judge = {
  refusal(sql: string, dataset?: string | null): Promise<AppError | null>
  close(): void
}

export async function openJudge(): Promise<Judge> {
  const parser = await openSqlParser()
  return {
    async refusal(sql, dataset = null) {
      try {
        checkSelect(await parser.parse(sql), sql, { tables, dataset })
        return null
      } catch (error) {
        if (error instanceof AppError && error.code === 'SQL_INVALID') return error
        throw error
      }
    },
    close: () => parser.close(),
  }
}
