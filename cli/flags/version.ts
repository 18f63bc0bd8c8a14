import { readFileSync } from 'node:fs'
import { z } from 'zod'

const Package = z.object({ version: z.string() })

/** The version in package.json, which is found both from the built file and from the source. */
export const version = Package.parse(JSON.parse(readFileSync(findPackage(), 'utf8'))).version

function findPackage(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? '../../package.json' : '../../../package.json', import.meta.url)
}
