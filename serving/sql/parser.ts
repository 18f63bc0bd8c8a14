import { DuckDBInstance } from '@duckdb/node-api'
import { z } from 'zod'
import { WorkQueue } from '../../schemas/async/work-queue.ts'
import { AppError } from '../../schemas/errors.ts'
import { positionOfCodePoint } from '../replica/engine-error.ts'
import { checkStatementText } from './statement-text.ts'

const Parsed = z.discriminatedUnion('error', [
  z.object({ error: z.literal(false), statements: z.array(z.unknown()) }),
  z.object({
    error: z.literal(true),
    error_type: z.string(),
    error_message: z.string(),
    position: z.string().optional(),
  }),
])

/** The engine's own parser, run in an engine without data. */
export type SqlParser = {
  /**
   * Returns the syntax tree of the text, which must be one SELECT. Throws SQL_INVALID, with the position if the engine
   * knows it.
   */
  parse(sql: string): Promise<unknown>
  close(): void
}

export async function openSqlParser(): Promise<SqlParser> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    enable_external_access: 'false',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    lock_configuration: 'true',
  })
  const connection = await instance.connect()
  const parses = new WorkQueue()
  const serialize = await connection.prepare('SELECT json_serialize_sql($1::VARCHAR)::VARCHAR')
  return {
    async parse(sql) {
      checkStatementText(sql)
      const reader = await parses.add(() => {
        serialize.bindVarchar(1, sql)
        return serialize.runAndReadAll()
      })
      return onlySelect(parseTree(String(reader.value(0, 0))), sql)
    },
    close() {
      serialize.destroySync()
      connection.closeSync()
      instance.closeSync()
    },
  }
}

/** The engine writes a number that no DOUBLE holds as `Infinity`, which is not JSON. */
function parseTree(text: string): z.infer<typeof Parsed> {
  try {
    return Parsed.parse(JSON.parse(text))
  } catch (cause) {
    throw new AppError('SQL_INVALID', 'the statement holds a number that no DOUBLE can hold', { cause })
  }
}

function onlySelect(parsed: z.infer<typeof Parsed>, sql: string): unknown {
  if (!parsed.error) {
    const [statement] = parsed.statements
    if (parsed.statements.length === 1) return statement
    throw new AppError(
      'SQL_INVALID',
      parsed.statements.length === 0
        ? 'there is no statement'
        : `expected one statement, got ${parsed.statements.length}`,
    )
  }
  if (parsed.error_message.startsWith('Only SELECT statements')) {
    throw new AppError('SQL_INVALID', 'only one SELECT can be run; a PIVOT must list its values: ON column IN (...)')
  }
  const position = parsed.position === undefined ? undefined : positionOfCodePoint(sql, Number(parsed.position))
  throw new AppError('SQL_INVALID', parsed.error_message, { details: position === undefined ? {} : { position } })
}
