import { openGeneratorSource } from '../connectors/generator-source.ts'
import type { LineSource } from '../connectors/line-source.ts'
import type { DefinedDataset } from '../schemas/define-dataset.ts'
import { AppError } from '../schemas/errors.ts'
import type { Generator } from '../schemas/dataset.ts'
import { parameterCells } from '../serving/parameters.ts'

export type GeneratorAddress = {
  readonly dataset: DefinedDataset
  readonly generator: Generator
  readonly options: string
}

/** The dataset whose name is the scheme of `sensor://rooms=20&rate=100`, where it has a generator; else null. */
export function findGenerator(datasets: readonly DefinedDataset[], address: string): GeneratorAddress | null {
  const [, scheme, options = ''] = /^([a-z0-9]+):\/\/\??(.*)$/s.exec(address) ?? []
  const dataset = datasets.find(({ name }) => name === scheme)
  return dataset?.generator === undefined ? null : { dataset, generator: dataset.generator, options }
}

/** Throws USAGE for an option there is not and for a value it cannot have, naming those there are. */
export function openGenerator({ dataset, generator, options }: GeneratorAddress, nowMs: () => number): LineSource {
  const given = new URLSearchParams(options)
  const unknown = [...given.keys()].find((name) => generator.parameters[name] === undefined)
  if (unknown !== undefined)
    throw new AppError(
      'USAGE',
      `${dataset.name}:// has no option ${unknown}; it has ${Object.keys(generator.parameters).join(', ')}`,
    )
  const cells = parsed(generator, new Map(given))
  const name = `${dataset.name}://${options}`
  return openGeneratorSource(name, () => generator.generate(cells, nowMs()))
}

/** The generators there are, with their options, for people. */
export function describeGenerators(datasets: readonly DefinedDataset[]): string {
  return datasets
    .flatMap(({ name, generator }) => (generator === undefined ? [] : [describe(name, generator)]))
    .join('\n')
}

function describe(name: string, { description, parameters }: Generator): string {
  const options = Object.entries(parameters).map(
    ([option, { description: says, default: usual }]) =>
      `    ${option}${usual === undefined ? '' : `=${usual}`}`.padEnd(24) + says,
  )
  return [`  ${name}://  ${description}`, ...options].join('\n')
}

function parsed(generator: Generator, given: ReadonlyMap<string, string>): ReturnType<typeof parameterCells> {
  try {
    return parameterCells(generator, given)
  } catch (cause) {
    if (cause instanceof AppError) throw new AppError('USAGE', cause.message, { cause })
    throw cause
  }
}
