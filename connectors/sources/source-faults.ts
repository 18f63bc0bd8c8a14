/** Statuses that another try may change, beside those of the server's own faults. */
const worthRepeating = new Set([408, 425, 429])

const untrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_UNTRUSTED',
])

/** Why waiting does not help after an answer with this status; undefined if it may help. */
export function refusalOfStatus(status: number): string | undefined {
  if (status >= 500 || worthRepeating.has(status)) return undefined
  if (status === 401 || status === 407)
    return `answered ${status}: it wants credentials; give them as user:password@ in the address`
  if (status === 403) return 'answered 403: it may not be read with these credentials'
  if (status >= 300 && status < 400) return `answered ${status}, a redirect that leads nowhere`
  return `answered ${status}: there is nothing to read`
}

/** Why waiting does not help after this error; undefined if it may help. */
export function refusalOfError(error: unknown): string | undefined {
  const code = codeOf(error)
  if (untrusted.has(code))
    return `shows a certificate that is not trusted (${code}); name the file of its authority in NODE_EXTRA_CA_CERTS`
  if (code.startsWith('CERT_') || code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `shows a certificate that is not valid: ${describeFault(error)}`
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_'))
    return 'does not speak TLS there; without it the address begins with http:// or ws://'
  if (code.startsWith('HPE_'))
    return 'does not speak HTTP there; where it speaks TLS the address begins with https:// or wss://'
  return undefined
}

export function describeFault(error: unknown): string {
  const cause = causeOf(error)
  return cause instanceof Error ? messageOf(cause) : String(cause)
}

/** The error that made `fetch` fail. The error of `fetch` itself does not say why. */
export function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error
}

/** A connection that failed at several addresses has one error for each, and an empty message of its own. */
function messageOf(error: Error): string {
  if (error.message !== '' || !(error instanceof AggregateError)) return error.message
  return error.errors.map((one: unknown) => (one instanceof Error ? one.message : String(one))).join('; ')
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  if ('code' in error && typeof error.code === 'string' && error.code !== '') return error.code
  return codeOf(error.cause)
}
