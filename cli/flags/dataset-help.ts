import type { Command } from 'commander'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { loadDatasets } from '../../schemas/declare/load-datasets.ts'

/** Adds the declarations of datasets to a command's help. Datasets are loaded only when this help is asked for. */
export function addDatasetHelp(
  program: Command,
  command: Command,
  describe: (datasets: readonly DefinedDataset[]) => string,
): void {
  let text = ''
  program.hook('preSubcommand', async (parent, asked) => {
    if (asked !== command || !parent.args.some((arg) => arg === '-h' || arg === '--help')) return
    text = `\n${describe((await loadDatasets()).datasets)}`
  })
  command.addHelpText('after', () => text)
}
