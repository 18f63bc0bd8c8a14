import { z } from 'zod'
import type { NamedQuery, Parameter } from '../../schemas/declare/dataset.ts'
import type { Cell } from '../../schemas/ports/engine.ts'
import { AppError } from '../../schemas/errors.ts'
import { durationMs } from './duration.ts'

const [bigintMin, bigintMax] = [-(2n ** 63n), 2n ** 63n - 1n]
const epochMsMax = 253_402_300_799_999
const textLengthMax = 4_000
/** A longer window would leave the engine's range of times. This one already covers all of history. */
const durationMsMax = 10_000 * 366 * 24 * 60 * 60 * 1000

/** Returns a cell for every parameter that the query declares: the caller's value, the default, or null. */
export function parameterCells(
  { parameters }: Pick<NamedQuery, 'parameters'>,
  values: ReadonlyMap<string, string>,
): Readonly<Record<string, Cell>> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, parameter]) => [name, parameterCell(name, parameter, values.get(name))]),
  )
}

function parameterCell(name: string, parameter: Parameter, given: string | undefined): Cell {
  if (given === undefined && parameter.default === undefined) return null
  const text = given ?? String(parameter.default)
  switch (parameter.type) {
    case 'text':
      return textCell(name, text)
    case 'integer':
      return integerCell(name, parameter, text)
    case 'number':
      return numberCell(name, parameter, text)
    case 'timestamp':
      return timestampCell(name, text)
    case 'duration':
      return durationCell(name, parameter, text)
    case 'timezone':
      return timezoneCell(name, text)
    case 'choice':
      return choiceCell(name, parameter, text)
  }
}

function textCell(name: string, text: string): string {
  if (text.length <= textLengthMax) return text
  throw new AppError('REQUEST_INVALID', `${name}: longer than ${textLengthMax} characters.`)
}

function integerCell(name: string, { minimum, maximum }: Parameter, text: string): bigint {
  const min = minimum === undefined ? bigintMin : BigInt(minimum)
  const max = maximum === undefined ? bigintMax : BigInt(maximum)
  const value = /^-?\d{1,19}$/.test(text) ? BigInt(text) : null
  if (value !== null && value >= min && value <= max) return value
  throw new AppError('REQUEST_INVALID', `${name}: expected an integer from ${min} to ${max}.`)
}

/** Returns the time as text in one form, in UTC. An unencoded `+` in a URL arrives as a space, so it is put back. */
function timestampCell(name: string, given: string): string {
  const text = given.replace(/ (?=\d\d:\d\d$)/, '+')
  if (/^\d{1,15}$/.test(text) && Number(text) <= epochMsMax) return new Date(Number(text)).toISOString()
  if (z.iso.datetime({ offset: true }).safeParse(text).success) return new Date(text).toISOString()
  throw new AppError(
    'REQUEST_INVALID',
    `${name}: expected a time as RFC 3339 (2017-03-19T12:30:00Z) or epoch milliseconds.`,
  )
}

function numberCell(
  name: string,
  { minimum = -Number.MAX_VALUE, maximum = Number.MAX_VALUE }: Parameter,
  text: string,
): number {
  const value = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (value >= minimum && value <= maximum) return value
  throw new AppError('REQUEST_INVALID', `${name}: expected a number from ${minimum} to ${maximum}.`)
}

function durationCell(name: string, { minimum = 1, maximum = durationMsMax }: Parameter, text: string): bigint {
  const ms = durationMs(text)
  if (ms === null)
    throw new AppError(
      'REQUEST_INVALID',
      `${name}: expected a duration as ISO 8601 (PT15M, P1D) or like 90s, 15m, 6h, 7d.`,
    )
  if (ms >= minimum && ms <= maximum) return BigInt(ms)
  throw new AppError('REQUEST_INVALID', `${name}: expected a duration from ${minimum} ms to ${maximum} ms.`)
}

function timezoneCell(name: string, text: string): string {
  const known = ianaName(text)
  if (known !== null) return known
  throw new AppError(
    'REQUEST_INVALID',
    `${name}: there is no time zone ${printed(text)}. Expected an IANA name: Europe/Berlin, UTC.`,
  )
}

/**
 * Takes every name of a zone, also former names and newer ones that Node does not list. Newer versions of Node take
 * offsets as well; an offset is refused.
 */
function ianaName(text: string): string | null {
  if (!/^[a-z]/i.test(text)) return null
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone
  } catch {
    return null
  }
}

function choiceCell(name: string, { choices = [] }: Parameter, text: string): string {
  if (choices.includes(text)) return text
  throw new AppError('REQUEST_INVALID', `${name}: there is no ${printed(text)}. Expected one of ${choices.join(', ')}.`)
}

function printed(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}...` : text
}
