import { Option } from 'commander'
import type { Flags } from './run-command.ts'

/** The options of a command that loads datasets. */
export type DatasetsOption = { readonly datasets?: string }

/** Which datasets there are to a command, in place of TIDEMARK_DATASETS. `--dataset` chooses among them. */
export function datasetsFlag(): Option {
  return new Option('--datasets <list>', 'load these: examples by name, your folders, modules (TIDEMARK_DATASETS)')
}

/** The variable that `--datasets` stands for. */
export function chosenDatasets({ datasets }: DatasetsOption): Flags {
  return { TIDEMARK_DATASETS: datasets }
}
