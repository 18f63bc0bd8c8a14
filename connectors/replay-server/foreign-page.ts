import type { IncomingMessage } from 'node:http'
import { hostFault } from '../../schemas/asked-host.ts'

/**
 * Returns the refusal of a request that comes, or may come, from a page of another site; null for all others. Browsers
 * let any page open a WebSocket anywhere and POST without a media type; they name the page's site in `Origin`.
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
