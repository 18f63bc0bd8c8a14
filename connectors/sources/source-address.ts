import { AppError } from '../../schemas/errors.ts'

export type SourceAddress = {
  /** For messages, and for the position that is kept: the address without its credentials. */
  readonly name: string
  /** Whether the address names the parameter by which the source is asked for what came since a time. */
  readonly takesSince: boolean
  /** Where to ask: from that time on where it is given, else as the address says. */
  url(since: number | undefined): string
  /** What the credentials in the address come to. */
  readonly headers: Readonly<Record<string, string>>
}

/** Throws USAGE where it is no address. */
export function parseSourceAddress(text: string, sinceParameter: string | undefined): SourceAddress {
  const url = parseUrl(text)
  const { username, password } = url
  url.username = ''
  url.password = ''
  url.hash = ''
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')
  return {
    name: url.href,
    takesSince: sinceParameter !== undefined && url.searchParams.has(sinceParameter),
    headers: username === '' && password === '' ? {} : { authorization: `Basic ${credentials}` },
    url(since) {
      if (since === undefined || sinceParameter === undefined) return url.href
      const asked = new URL(url)
      asked.searchParams.set(sinceParameter, String(since))
      return asked.href
    },
  }
}

function parseUrl(text: string): URL {
  try {
    return new URL(text)
  } catch (cause) {
    throw new AppError('USAGE', `${text} is no address that can be connected to`, { cause })
  }
}
