import type { IncomingMessage } from 'node:http'
import { isIPv4, isIPv6 } from 'node:net'
import { AppError } from './errors.ts'

export type HostFacts = Pick<IncomingMessage, 'rawHeaders' | 'httpVersion' | 'url'>

/**
 * Returns the error for a request that names a host it must not, or null if the host may be asked. A website can give
 * its own name the address of this machine; a browser then lets its pages read our answers. It cannot make a browser
 * send an IP address or a loopback name, so these pass; other names pass if they are in `allowed`. `allowed` is null
 * where API keys decide who may ask. The code is REQUEST_INVALID if the request does not name exactly one host,
 * HOST_NOT_ALLOWED if the host is not ours.
 */
export function hostFault(request: HostFacts, allowed: readonly string[] | null): AppError | null {
  const given = request.rawHeaders.filter((_, i, all) => i % 2 === 1 && all[i - 1]?.toLowerCase() === 'host')
  if (given.length > 1) return new AppError('REQUEST_INVALID', `Host is given ${given.length} times: send it once.`)
  // Only HTTP/1.0 allows requests without this header, and no browser speaks it.
  if (given.length === 0 && request.httpVersion !== '1.0') return new AppError('REQUEST_INVALID', 'Host is missing.')
  // A target that is a whole address names a host too, and takes precedence over the header.
  for (const authority of [...given, ...authorityOfTarget(request.url ?? '/')]) {
    const host = hostOf(authority)
    if (host === null)
      return new AppError('REQUEST_INVALID', 'Host is not a name or an IP address with or without a port.')
    if (allowed !== null && !isOfThisMachine(host) && !allowed.includes(host)) return notAllowed(host, allowed)
  }
  return null
}

/** True for a comma-separated list of host names without ports or patterns. */
export function isHostNames(list: string): boolean {
  return list.split(',').every((name) => namePattern.test(name.trim()))
}

/** The names of such a list, as `hostFault` takes them. */
export function hostNames(list: string | undefined): readonly string[] {
  return list === undefined ? [] : list.split(',').map((name) => plain(name.trim()))
}

const namePattern = /^[\w-]+(\.[\w-]+)*\.?$/

/** The host of an authority, in lower case and without its port. */
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
