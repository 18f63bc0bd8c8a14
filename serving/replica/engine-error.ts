import { diskFault } from '../../schemas/disk-fault.ts'
import { isOutOfMemory } from '../../schemas/ports/engine.ts'
import { AppError } from '../../schemas/errors.ts'

/** The engine checks a checksum of each block of a database file. */
const damagedCache = /Corrupt database file/

/** Counted from 1, the column in characters as JavaScript counts them. */
export type Position = { readonly line: number; readonly column: number }

/** Errors of the engine that are not about the statement: the engine or its disk is broken. */
const brokenEngine =
  /^(IO|INTERNAL|FATAL|TransactionContext|Connection|Serialization|Missing Extension) Error|^Failed to execute|database has been invalidated/

/**
 * Returns the error of a statement by the engine's message: SQL_INVALID with its position, QUERY_CAP_EXCEEDED if memory
 * ran out, QUERY_TIMEOUT if the statement was interrupted. Any other error of the engine is returned unchanged.
 */
export function fromEngineError(error: unknown, sql: string): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error
  const message = error.message.replace(/^Failed to (extract statements|bind value): /, '')
  if (message.startsWith('INTERRUPT Error'))
    return new AppError('QUERY_TIMEOUT', 'the statement was interrupted', { cause: error })
  // A string that is too long for JavaScript counts as memory that ran out: it is a RangeError.
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

/** Returns the position of a byte in the statement's UTF-8, which is how a parsed tree gives places. */
export function positionOfByte(sql: string, offset: number): Position {
  return positionAfter(Buffer.from(sql).subarray(0, offset).toString())
}

/** Returns the position of a code point in the statement, which is how the parser's errors give places. */
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

/** The engine's message shows the line, cut if it is long, with a caret below the place. */
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
