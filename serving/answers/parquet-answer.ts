import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cleanedUp } from '../../schemas/async/clean-up.ts'
import type { Engine, EngineColumn, Session } from '../../schemas/ports/engine.ts'
import { AppError } from '../../schemas/errors.ts'
import { ident, list, literal } from '../../schemas/sql/sql-text.ts'
import { isNested, parquetType } from './parquet-type.ts'
import type { Answer, AnswerColumn, JsonValue } from '../replica/reader.ts'

export type ParquetWriter = { readonly engine: Engine; readonly workFolder: string }

/**
 * Returns the answer's rows in their order, each column in the type it has in the engine. Removes its files from the
 * folder.
 */
export async function parquetAnswer({ engine, workFolder }: ParquetWriter, answer: Answer): Promise<Uint8Array> {
  await mkdir(workFolder, { recursive: true })
  const folder = await mkdtemp(join(workFolder, 'answer-'))
  const session = await engine.connect()
  const file = join(folder, 'answer.parquet')
  const write = async (): Promise<Uint8Array> => {
    await writeParquet(session, answer, file)
    return await readFile(file)
  }
  return await cleanedUp(write, async () => {
    session.close()
    await rm(folder, { recursive: true, force: true })
  })
}

async function writeParquet(session: Session, { columns, rows }: Answer, file: string): Promise<void> {
  const plans = columns.map((column, i) =>
    planColumn(
      column,
      rows.map((row) => row[i] ?? null),
      `c${i}`,
    ),
  )
  const number = { type: 'BIGINT', cells: rows.map((_, i) => BigInt(i)) } as const
  await session.run(
    `CREATE TEMP TABLE answer (n BIGINT, ${list(plans.map(({ held, cells }) => `${held} ${cells.type}`))})`,
  )
  await session.append('answer', [number, ...plans.map(({ cells }) => cells)])
  const select = `SELECT ${list(plans.map(({ sql }) => sql))} FROM answer ORDER BY n`
  try {
    await session.run(`COPY (${select}) TO ${literal(file)} (FORMAT parquet)`)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new AppError(
      'NOT_ACCEPTABLE',
      `These rows have no form in Parquet: ${reason}. Cast the column, or ask for JSON.`,
      { cause },
    )
  }
}

type ColumnPlan = { readonly held: string; readonly cells: EngineColumn; readonly sql: string }

/** Each column is held as text and cast: text can hold every value of every type exactly. */
function planColumn({ name, type }: AnswerColumn, values: readonly JsonValue[], held: string): ColumnPlan {
  const target = parquetType(type)
  if (target === 'BLOB') {
    const cells = values.map((value) => (typeof value === 'string' ? Buffer.from(value, 'base64') : null))
    return { held, cells: { type: 'BLOB', cells }, sql: `${held} AS ${ident(name)}` }
  }
  const hasParts = target !== null && isNested(target)
  const cells = values.map((value) => cellText(value, hasParts))
  const text = hasParts ? `${held}::JSON` : held
  return { held, cells: { type: 'VARCHAR', cells }, sql: `${text}::${target ?? 'VARCHAR'} AS ${ident(name)}` }
}

function cellText(value: JsonValue, isJson: boolean): string | null {
  if (value === null) return null
  return isJson || typeof value === 'object' ? JSON.stringify(value) : String(value)
}
