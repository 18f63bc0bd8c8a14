import { Command } from 'commander'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { loadDatasets } from '../../schemas/declare/load-datasets.ts'
import { datasetsFlag } from './datasets-flag.ts'
import type { DatasetsOption } from './datasets-flag.ts'

export type DatasetHelp = {
  readonly program: Command
  readonly command: Command
  readonly env: NodeJS.ProcessEnv
}

/**
 * Adds the declarations of the datasets that flag or variable choose to a command's help. Datasets are loaded only when
 * this help is asked for.
 */
export function addDatasetHelp(
  { program, command, env }: DatasetHelp,
  describe: (datasets: readonly DefinedDataset[]) => string,
): void {
  let text = ''
  program.hook('preSubcommand', async (parent, asked) => {
    if (asked !== command || !parent.args.some((arg) => arg === '-h' || arg === '--help')) return
    const list = chosenIn(parent.args) ?? env['TIDEMARK_DATASETS']
    text = `\n${describe((await loadDatasets(list === '' ? undefined : list)).datasets)}`
  })
  command.addHelpText('after', () => text)
}

/** Help is printed before the options of a command are parsed. */
function chosenIn(args: readonly string[]): string | undefined {
  const parser = new Command().addOption(datasetsFlag()).helpOption(false).allowUnknownOption().allowExcessArguments()
  return parser.parse(args, { from: 'user' }).opts<DatasetsOption>().datasets
}
