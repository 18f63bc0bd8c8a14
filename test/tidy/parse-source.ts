import { parseSync, Visitor } from 'oxc-parser'
import type { SourceFile } from './source-file.ts'

export type ParsedSource = {
  /** What the file imports, loads or re-exports from, types included. */
  readonly imports: readonly string[]
  /** It loads a module whose name is computed, so that no rule knows which. */
  readonly hasComputedImport: boolean
  readonly hasDefaultExport: boolean
  readonly hasCastToAny: boolean
  readonly comments: readonly string[]
  /** The text with its comments blanked out. */
  readonly code: string
}

/** Throws where the file does not parse. */
export function parseSource(file: SourceFile): ParsedSource {
  const parsed = parseSync(file.path, file.text)
  const [fault] = parsed.errors
  if (fault !== undefined) throw new Error(`${file.path}: ${fault.message}`)
  const imports: string[] = []
  let hasComputedImport = false
  let hasDefaultExport = false
  let hasCastToAny = false
  const add = (source: { readonly type: string; readonly value?: unknown } | null): void => {
    if (source === null) return
    if (typeof source.value === 'string') imports.push(source.value)
    else hasComputedImport = true
  }
  new Visitor({
    ImportDeclaration: (node) => add(node.source),
    ExportNamedDeclaration: (node) => add(node.source),
    ExportAllDeclaration: (node) => add(node.source),
    ImportExpression: (node) => add(node.source),
    TSImportType: (node) => add(node.source),
    ExportDefaultDeclaration: () => void (hasDefaultExport = true),
    TSAsExpression: (node) => void (hasCastToAny ||= node.typeAnnotation.type === 'TSAnyKeyword'),
    TSTypeAssertion: (node) => void (hasCastToAny ||= node.typeAnnotation.type === 'TSAnyKeyword'),
  }).visit(parsed.program)
  const comments = parsed.comments.map(({ value }) => value)
  return {
    imports,
    hasComputedImport,
    hasDefaultExport,
    hasCastToAny,
    comments,
    code: withoutRanges(file.text, parsed.comments),
  }
}

function withoutRanges(text: string, ranges: readonly { readonly start: number; readonly end: number }[]): string {
  return ranges.reduce((rest, { start, end }) => rest.slice(0, start) + ' '.repeat(end - start) + rest.slice(end), text)
}
