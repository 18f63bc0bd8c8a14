import { expect } from 'vitest'
import type { ReadmeCommand } from './command-blocks.ts'

/** What no two runs have in common. README may show it; nothing holds it. */
const volatileKeys = new Set(['elapsed_ms', 'lag_ms', 'generation', 'tidemark', 'received_at', 'committed_at', 'bytes'])

/**
 * JSON: what README shows is there, with no other value; an answer may hold more than README shows. Text and diagrams: line by line,
 * where `...` stands for anything.
 */
export function expectOutput(actual: string, { language, text }: NonNullable<ReadmeCommand['expected']>): void {
  if (language === 'json') {
    expect(JSON.parse(actual)).toMatchObject(withoutVolatile(JSON.parse(text)))
    return
  }
  const pattern = text.split('...').map(escaped).join('[^]*?')
  expect(actual.replaceAll('\r\n', '\n').trimEnd()).toMatch(new RegExp(`^${pattern}$`))
}

function withoutVolatile(value: unknown): Record<string, unknown> {
  const kept: unknown = JSON.parse(JSON.stringify(value), (key, inner: unknown) =>
    volatileKeys.has(key) ? undefined : inner,
  )
  if (typeof kept !== 'object' || kept === null) throw new Error('README: a json block shows an object or an array')
  return { ...kept }
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}
