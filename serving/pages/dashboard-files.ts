import { readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'

export type DashboardFile = { readonly type: string; readonly body: Buffer; readonly brotli: Buffer }

/** The page itself, and by name what it loads: names hold a hash of the content. */
export type Dashboard = { readonly index: DashboardFile; readonly assets: ReadonlyMap<string, DashboardFile> }

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
}

/** The build puts it beside the built modules; modules that run unbuilt use what was built last. */
const folder = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/serving/dashboard/' : '../dashboard/',
  import.meta.url,
)

/** All of it, compressed once. Throws where there is none: it comes with the build. */
export function loadDashboard(): Dashboard {
  const assets = readdirSync(new URL('assets/', folder)).map((name) => [name, loadFile(`assets/${name}`)] as const)
  return { index: loadFile('index.html'), assets: new Map(assets) }
}

function loadFile(path: string): DashboardFile {
  const body = readFileSync(new URL(path, folder))
  const type = types[extname(path)] ?? 'application/octet-stream'
  return { type, body, brotli: brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } }) }
}
