import type { IncomingMessage } from 'node:http'
import { isIPv4, isIPv6 } from 'node:net'
import { AppError } from './errors.ts'

export type HostFacts = Pick<IncomingMessage, 'rawHeaders' | 'httpVersion' | 'url'>

/**
 * Why a request is not answered, by the host it names; null where it is. A website can give its own name the address of
 * this machine, and a browser then lets its pages read what is answered. It cannot make a browser send an IP address or a
 * loopback name, so these pass; other names pass where they are allowed. `allowed` is null where something else, a key,
 * says who may ask. REQUEST_INVALID where the request names no one host, HOST_NOT_ALLOWED where it is another's.
 */
export function hostFault(request: HostFacts, allowed: readonly string[] | null): AppError | null {
  const given = request.rawHeaders.filter((_, i, all) => i % 2 === 1 && all[i - 1]?.toLowerCase() === 'host')
  if (given.length > 1) return new AppError('REQUEST_INVALID', `Host is given ${given.length} times: send it once.`)
  // Nothing but HTTP/1.0 has requests without it, and no browser speaks that.
  if (given.length === 0 && request.httpVersion !== '1.0') return new AppError('REQUEST_INVALID', 'Host is missing.')
  // A target that is a whole address names the host as well, and counts before the header.
  for (const authority of [...given, ...authorityOfTarget(request.url ?? '/')]) {
    const host = hostOf(authority)
    if (host === null)
      return new AppError('REQUEST_INVALID', 'Host is not a name or an IP address with or without a port.')
    if (allowed !== null && !isOfThisMachine(host) && !allowed.includes(host)) return notAllowed(host, allowed)
  }
  return null
}

/** True for a comma-separated list of names that a request can name: without ports, and no patterns. */
export function isHostNames(list: string): boolean {
  return list.split(',').every((name) => namePattern.test(name.trim()))
}

/** As `hostFault` takes them. */
export function hostNames(list: string | undefined): readonly string[] {
  return list === undefined ? [] : list.split(',').map((name) => plain(name.trim()))
}

const namePattern = /^[\w-]+(\.[\w-]+)*\.?$/

/** Without its port and in lower case. */
function hostOf(authority: string): string | null {
  const [, host = ''] = /^(\[[^\]]*\]|[^:]*)(?::\d{0,5})?$/.exec(authority) ?? []
  const isValid = host.startsWith('[') ? isIPv6(host.slice(1, -1)) : namePattern.test(host)
  return isValid ? plain(host) : null
}

function plain(host: string): string {
  return host.toLowerCase().replace(/\.$/, '')
}

function isOfThisMachine(host: string): boolean {
  return host.startsWith('[') || isIPv4(host) || host === 'localhost' || host.endsWith('.localhost')
}

function authorityOfTarget(target: string): readonly string[] {
  const [, authority] = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i.exec(target) ?? []
  return authority === undefined ? [] : [authority]
}

function notAllowed(host: string, allowed: readonly string[]): AppError {
  const names = allowed.length === 0 ? 'which is empty' : `which holds ${allowed.join(', ')}`
  return new AppError(
    'HOST_NOT_ALLOWED',
    `This service asks for no key, so it answers to IP addresses, to localhost and to the names in ALLOWED_HOSTS, ${names}. To reach it as ${host}, add that name.`,
    { details: { host, allowed_hosts: allowed } },
  )
}
