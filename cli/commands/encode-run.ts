import type { RunResult } from '../../batch/run.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { toJson } from '../../schemas/formats/tidemark.ts'

/** Returns the object that `batch run` prints for one dataset. */
export function encodeRun({
  dataset,
  isNew,
  manifest,
}: RunResult & { readonly dataset: DefinedDataset }): Record<string, unknown> {
  return {
    dataset: dataset.name,
    created: isNew,
    generation: manifest?.generation ?? 0,
    tidemark: toJson(dataset.topic, manifest?.tidemark ?? new Map()),
    is_rebuild: manifest?.is_rebuild ?? false,
    run_ms: manifest?.run_ms ?? 0,
    rows: Object.fromEntries(
      Object.entries(manifest?.tables ?? {}).map(([name, files]) => [
        name,
        files.reduce((sum, { rows }) => sum + rows, 0),
      ]),
    ),
  }
}
