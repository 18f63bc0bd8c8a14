import { setTimeout as delay } from 'node:timers/promises'
import { describe } from '../../flags/run-command.ts'

export type CheckStatus = 'ok' | 'warn' | 'fail'

/** The result of one check. If it is not ok, the message says what to do. */
export type Check = { readonly name: string; readonly status: CheckStatus; readonly message: string }

export function ok(message: string): Omit<Check, 'name'> {
  return { status: 'ok', message }
}

export function warn(message: string): Omit<Check, 'name'> {
  return { status: 'warn', message }
}

export function fail(message: string): Omit<Check, 'name'> {
  return { status: 'fail', message }
}

/** Runs one check. A check that throws or takes too long has failed. */
export async function check(
  name: string,
  patienceMs: number,
  work: () => Promise<Omit<Check, 'name'>>,
): Promise<Check> {
  const patience = new AbortController()
  try {
    return { name, ...(await Promise.race([work(), late(patienceMs, patience.signal)])) }
  } catch (error) {
    return { name, status: 'fail', message: describe(error).split('\n', 1)[0] ?? '' }
  } finally {
    patience.abort()
  }
}

async function late(patienceMs: number, signal: AbortSignal): Promise<Omit<Check, 'name'>> {
  await delay(patienceMs, undefined, { signal }).catch(() => undefined)
  return fail(`no answer within ${patienceMs / 1000} s`)
}
