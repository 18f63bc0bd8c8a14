import { openGeneratorSource } from '../../connectors/sources/generator-source.ts'
import type { LineSource } from '../../connectors/sources/line-source.ts'
import type { Generator } from '../../schemas/declare/dataset.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { AppError } from '../../schemas/errors.ts'
import type { LoadedDatasets } from '../../schemas/declare/load-datasets.ts'
import { parameterCells } from '../../serving/requests/parameters.ts'
import { requireRunning } from '../flags/find-dataset.ts'

export type GeneratorAddress = {
  readonly dataset: DefinedDataset
  readonly generator: Generator
  readonly options: string
}

/**
 * Returns the dataset that the scheme of `<dataset>://name=value&...` names, if it has a generator; else null. Throws
 * DATASET_FAULTY for one that is left out.
 */
export function findGenerator({ datasets, leftOut }: LoadedDatasets, address: string): GeneratorAddress | null {
  const [, scheme, options = ''] = /^([a-z0-9_-]+):\/\/\??(.*)$/s.exec(address) ?? []
  if (scheme !== undefined) requireRunning(leftOut, scheme)
  const dataset = datasets.find(({ name }) => name === scheme)
  return dataset?.generator === undefined ? null : { dataset, generator: dataset.generator, options }
}

/** Says why the address names no generator, and what to do. */
export function generatorFault({ datasets }: LoadedDatasets, address: string): string {
  const name = /^([a-z0-9_-]+):\/\//.exec(address)?.[1]
  if (name === undefined) return 'expected the name of a dataset that has a generator, then ://'
  const loaded = datasets.map((dataset) => dataset.name)
  if (loaded.includes(name)) return `the dataset ${name} has no generator`
  return `the dataset ${name} is not loaded, only ${loaded.join(', ')}: add it to --datasets (TIDEMARK_DATASETS)`
}

/** Throws USAGE for an unknown option or a wrong value, naming the options that exist and what they mean. */
export function openGenerator({ dataset, generator, options }: GeneratorAddress): LineSource {
  const cells = parsed(dataset.name, generator, [...new URLSearchParams(options)])
  return openGeneratorSource(`${dataset.name}://${options}`, (startMs) => generator.generate(cells, startMs))
}

/** Lists the generators with their options, for people. */
export function describeGenerators(datasets: readonly DefinedDataset[]): string {
  const found = datasets.flatMap(({ name, generator }) => (generator === undefined ? [] : [describe(name, generator)]))
  return found.length === 0 ? '  none of the datasets that are loaded has one' : found.join('\n')
}

function describe(name: string, { description, parameters }: Generator): string {
  const options = Object.entries(parameters).map(
    ([option, { description: says, default: usual }]) =>
      `    ${option}${usual === undefined ? '' : `=${usual}`}`.padEnd(24) + says,
  )
  return [`  ${name}://  ${description}`, ...options].join('\n')
}

function parsed(
  name: string,
  generator: Generator,
  given: readonly (readonly [string, string])[],
): ReturnType<typeof parameterCells> {
  try {
    const names = given.map(([option]) => option)
    const unknown = names.find((option) => !Object.hasOwn(generator.parameters, option))
    if (unknown !== undefined) throw new AppError('USAGE', `there is no option ${unknown}`)
    const twice = names.find((option, at) => names.indexOf(option) !== at)
    if (twice !== undefined) throw new AppError('USAGE', `${twice}: given more than once`)
    return parameterCells(generator, new Map(given))
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    throw new AppError('USAGE', `${name}://: ${error.message}\n${describe(name, generator)}`, { cause: error })
  }
}
