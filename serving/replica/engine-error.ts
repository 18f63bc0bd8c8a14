import { diskFault } from '../../schemas/disk-fault.ts'
import { isOutOfMemory } from '../../schemas/ports/engine.ts'
import { AppError } from '../../schemas/errors.ts'

/** The engine holds a checksum of each block of a database file. */
const damagedCache = /Corrupt database file/

/** One-based; the column counts as JavaScript strings do. */
export type Position = { readonly line: number; readonly column: number }

/** The engine's errors that say nothing about the statement, but that the engine or its disk is broken. */
const brokenEngine =
  /^(IO|INTERNAL|FATAL|TransactionContext|Connection|Serialization|Missing Extension) Error|^Failed to execute|database has been invalidated/

/**
 * What went wrong with a statement, by the engine's message: SQL_INVALID with its position, QUERY_CAP_EXCEEDED where
 * memory ran out, QUERY_TIMEOUT where it was interrupted. An error of the engine itself comes back as it is.
 */
export function fromEngineError(error: unknown, sql: string): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error
  const message = error.message.replace(/^Failed to (extract statements|bind value): /, '')
  if (message.startsWith('INTERRUPT Error'))
    return new AppError('QUERY_TIMEOUT', 'the statement was interrupted', { cause: error })
  // Strings beyond what JavaScript can hold count too: they are a RangeError.
  if (isOutOfMemory(error) || error instanceof RangeError) return memoryExceeded(error)
  if (damagedCache.test(message))
    return new AppError(
      'TABLE_CORRUPT',
      'a native table in the cache of this machine is damaged: stop the replica, delete cache/ in its data folder and start it again; the store has what it is made of',
      { cause: error },
    )
  const fault = diskFault(error)
  if (fault !== null) return fault
  if (brokenEngine.test(message)) return error
  if (message === 'Error in native callback')
    return new AppError('SQL_INVALID', 'there is no statement', { cause: error })
  if (message === 'Failed to retrieve bind parameter index') {
    return new AppError('SQL_INVALID', 'a parameter was given that the statement does not name', { cause: error })
  }
  const position = positionIn(message, sql)
  return new AppError('SQL_INVALID', message, { cause: error, details: position === null ? {} : { position } })
}

/** The position of a byte of the statement's UTF-8: so a parsed tree counts. */
export function positionOfByte(sql: string, offset: number): Position {
  return positionAfter(Buffer.from(sql).subarray(0, offset).toString())
}

/** The position of a code point of the statement: so the parser's errors count. */
export function positionOfCodePoint(sql: string, offset: number): Position {
  return positionAfter(Array.from(sql).slice(0, offset).join(''))
}

function positionAfter(text: string): Position {
  const lines = text.split('\n')
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 }
}

export function memoryExceeded(cause?: unknown): AppError {
  return new AppError('QUERY_CAP_EXCEEDED', 'the statement needs more memory than it may use', { cause })
}

/** The engine shows the line, cut where it is long, and a caret below it. */
function positionIn(message: string, sql: string): Position | null {
  const shown = /\nLINE (\d+): (.*)\n( *)\^/.exec(message)
  if (shown === null) return null
  const [, number = '1', text = '', indent = ''] = shown
  const line = Number(number)
  const inText = indent.length - `LINE ${number}: `.length
  const isCut = text.startsWith('...')
  const visible = text.slice(isCut ? 3 : 0).replace(/\.\.\.$/, '')
  const before = isCut ? Math.max(sql.split('\n')[line - 1]?.indexOf(visible) ?? 0, 0) - 3 : 0
  return { line, column: before + inText + 1 }
}
