import type { Logger } from 'pino'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { offsetCountOf, partitionRangesJson } from '../../schemas/formats/offset-ranges.ts'
import type { PartitionRanges } from '../../schemas/formats/offset-ranges.ts'

/** Logged by the archiver that records the losses in a chunk, and by the run that makes a generation of the chunk. */
export function warnOfLosses(
  logger: Pick<Logger, 'warn'>,
  { name, topic }: DefinedDataset,
  lost: PartitionRanges,
): void {
  logger.warn(
    { dataset: name, lost: partitionRangesJson(topic, lost) },
    `${offsetCountOf(lost)} offsets are lost: the log deleted them before they were archived. Let it keep events longer, or see why the archive lags`,
  )
}
