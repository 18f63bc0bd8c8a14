/**
 * The SQL schemas of a dataset inside a replica. The first three are what people query; the other two hold versions beside
 * the rows.
 */
export function sqlSchemas(dataset: string): {
  merged: string
  batch: string
  speed: string
  batchRows: string
  speedRows: string
} {
  return {
    merged: dataset,
    batch: `${dataset}_batch`,
    speed: `${dataset}_speed`,
    batchRows: `_${dataset}_batch`,
    speedRows: `_${dataset}_speed`,
  }
}
