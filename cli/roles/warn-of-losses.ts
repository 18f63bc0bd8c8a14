import type { Logger } from 'pino'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { offsetCountOf, partitionRangesJson } from '../../schemas/formats/offset-ranges.ts'
import type { PartitionRanges } from '../../schemas/formats/offset-ranges.ts'

/** Said by who records them in a chunk, and by who makes a generation of that chunk. */
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
