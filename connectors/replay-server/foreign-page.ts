import type { IncomingMessage } from 'node:http'
import { hostFault } from '../../schemas/asked-host.ts'

/**
 * Why a request that comes from a page of another site, or may, is refused; null for every other one. Browsers let any page
 * open a WebSocket anywhere and POST without a body's type, and say in `Origin` whose page it is.
 */
export function foreignPage(
  request: IncomingMessage,
  allowedHosts: readonly string[],
): { readonly status: 400 | 403 | 421; readonly text: string } | null {
  const fault = hostFault(request, allowedHosts)
  if (fault !== null) return { status: fault.code === 'HOST_NOT_ALLOWED' ? 421 : 400, text: fault.message }
  const { host = '', origin } = request.headers
  if (origin === undefined || (URL.canParse(origin) && new URL(origin).host === host.toLowerCase())) return null
  return { status: 403, text: 'pages of other sites are not served' }
}
