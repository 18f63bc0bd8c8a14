import { basename, posix } from 'node:path'
import { rooms } from '../../schemas/declare/reserved-words.ts'
import { parseSource } from './parse-source.ts'
import { isCode, layerOf, layers, type SourceFile } from './source-file.ts'

/** Says what is wrong with a file, naming it; nothing where it follows the rule. */
export type SourceRule = (file: SourceFile) => readonly string[]

const linesMax = 300
const clientLibraries = /^(kafkajs|@aws-sdk|@smithy)(\/|$)/
const unfinished = /\b(TODO|FIXME|XXX|HACK)\b/
const silenced = /@ts-(ignore|expect-error|nocheck)|(oxlint|eslint)-disable/

/** A layer imports `schemas/` and itself only; `cli/` wires them; nothing that ships imports a test. */
export const staysInLayer: SourceRule = (file) => {
  const layer = layerOf(file.path)
  if (layer === '') return []
  const allowed = layers[layer]
  if (allowed === undefined) return [`${file.path}: ${layer}/ is no layer`]
  return relativeImports(file)
    .map((specifier) => layerOf(posix.join(posix.dirname(file.path), specifier)))
    .filter((target) => target !== layer && !allowed.includes(target))
    .map((target) => `${file.path}: ${layer}/ may not import ${target === '' ? 'a root file' : `${target}/`}`)
}

export const leavesClientsToConnectors: SourceRule = (file) =>
  layerOf(file.path) === 'connectors'
    ? []
    : importsOf(file)
        .filter((specifier) => clientLibraries.test(specifier))
        .map((specifier) => `${file.path}: only connectors/ may import ${specifier}`)

/** Where a module's name is computed, no other rule sees it. Datasets are found by their folders. */
export const importsByName: SourceRule = (file) =>
  isCode(file.path) && file.path !== 'schemas/declare/load-datasets.ts' && parseSource(file).hasComputedImport
    ? [`${file.path}: loads a module whose name is computed`]
    : []

/** Whoever is not a command takes the few parts it needs, and cannot reach the others. */
export const takesItsNeeds: SourceRule = (file) =>
  layerOf(file.path) !== 'cli' || /^cli\/(commands\/|flags\/run-command\.ts$|[^/]*-main\.ts$)/.test(file.path)
    ? []
    : relativeImports(file)
        .filter((specifier) => posix.join(posix.dirname(file.path), specifier) === 'cli/parts/parts.ts')
        .map(() => `${file.path}: only commands hold Parts`)

/** The launcher and scripts that run without a build name what the build makes. */
export const importsEndInTs: SourceRule = (file) =>
  /\.(cts|cjs|mjs)$/.test(file.path)
    ? []
    : relativeImports(file)
        .filter((specifier) => !specifier.endsWith('.ts'))
        .map((specifier) => `${file.path}: import ${specifier} does not end in .ts`)

export const exportsNames: SourceRule = (file) =>
  isCode(file.path) && !file.path.endsWith('.config.ts') && parseSource(file).hasDefaultExport
    ? [`${file.path}: default export`]
    : []

/** SQL that a command wrote from the sources is as long as what it shows. */
export const isShort: SourceRule = (file) => {
  if (/^test\/schemas\/derived\/[^/]+\.sql$/.test(file.path)) return []
  const lines = file.text.trimEnd().split('\n').length
  return lines > linesMax ? [`${file.path}: ${lines} lines`] : []
}

export const isNamedInKebabCase: SourceRule = (file) =>
  /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)+$/.test(basename(file.path)) ? [] : [`${file.path}: name is not in kebab case`]

export const isFinished: SourceRule = (file) => {
  const comments = isCode(file.path) ? parseSource(file).comments : [file.text]
  return comments
    .filter((comment) => unfinished.test(comment))
    .map((comment) => `${file.path}: unfinished: ${comment.trim()}`)
}

export const trustsTheCompiler: SourceRule = (file) => {
  if (!isCode(file.path)) return []
  const { comments, hasCastToAny } = parseSource(file)
  const silencing = comments
    .filter((comment) => silenced.test(comment))
    .map((comment) => `${file.path}: silences a check: ${comment.trim()}`)
  return [...silencing, ...(hasCastToAny ? [`${file.path}: cast to any`] : [])]
}

/** An absolute path names one machine. `/dev`, `/proc` and the like are every Linux's. */
export const namesNoMachine: SourceRule = (file) =>
  [...file.text.matchAll(/(?<=['"`\s])\/(?:work|home|root|Users)\/[^\s'"`]*/g)].map(
    ([path]) => `${file.path}: path of one machine: ${path}`,
  )

/** What a file outside `schemas/<dataset>/` must not say in code. Comments may take a dataset as their example. */
export function knowsNoDataset(words: readonly string[]): SourceRule {
  const pattern = new RegExp(String.raw`(?<![\w$-])(?:${words.join('|')})(?![\w-])`, 'g')
  return (file) => {
    const layer = layerOf(file.path)
    const mayKnow = layer === '' || layer === 'test' || layer === 'bench' || datasetFolderOf(file.path) !== null
    if (mayKnow) return []
    const found = new Set((isCode(file.path) ? parseSource(file).code : file.text).match(pattern))
    return [...found].map((word) => `${file.path}: ${word} belongs to a dataset`)
  }
}

/** A dataset is found by its folder, which knows no other dataset's. */
export const importsNoDataset: SourceRule = (file) => {
  const home = datasetFolderOf(file.path)
  const mayImport = ['', 'test', 'bench'].includes(layerOf(file.path))
  return relativeImports(file)
    .map((specifier) => datasetFolderOf(posix.join(posix.dirname(file.path), specifier)))
    .filter((folder) => folder !== null && folder !== home && !mayImport)
    .map((folder) => `${file.path}: may not import ${folder}`)
}

function datasetFolderOf(path: string): string | null {
  const [folder = null, name = ''] = /^schemas\/([^/]+)\//.exec(path) ?? []
  return rooms.includes(name) ? null : folder
}

export function relativeImports(file: SourceFile): readonly string[] {
  return importsOf(file).filter((specifier) => specifier.startsWith('.'))
}

function importsOf(file: SourceFile): readonly string[] {
  return isCode(file.path) ? parseSource(file).imports : []
}
