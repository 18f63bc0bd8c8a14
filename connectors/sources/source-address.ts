import { AppError } from '../../schemas/errors.ts'

export type SourceAddress = {
  /** The address without its credentials, for messages and for keeping its position. */
  readonly name: string
  /** True if the address has the parameter that asks for the events since a time. */
  readonly takesSince: boolean
  /** The URL to ask: for the events since that time if it is given, else as the address says. */
  url(since: number | undefined): string
  /** The headers of the credentials in the address. */
  readonly headers: Readonly<Record<string, string>>
}

/** Throws USAGE if the text is no address. */
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
