import type { DataFile } from '../schemas/manifest.ts'

export type FilePlan = {
  /** Files that the next generation names as they are. */
  readonly kept: readonly DataFile[]
  /** Neighbours that become one new run of files, without the rows that newer ones replace. */
  readonly rewritten: readonly { readonly sources: readonly DataFile[]; readonly hasDelta: boolean }[]
}

export type PlanInput = {
  /** The generation's files of one table, oldest first. */
  readonly files: readonly DataFile[]
  /** Per file key, how many of its rows newer ones replace. */
  readonly replacedRows: ReadonlyMap<string, number>
  readonly deltaRows: number
  readonly fileRowsMax: number
}

/**
 * Which files a run writes again. A file that loses rows is; the delta joins the newest files as long as they fit into one,
 * so that small runs do not pile up small files; neighbours that have become small are joined. All else stays untouched:
 * cost follows what changed, not the history.
 */
export function planFiles({ files, replacedRows, deltaRows, fileRowsMax }: PlanInput): FilePlan {
  const groups: { sources: DataFile[]; rows: number; isTouched: boolean }[] = []
  for (const file of files) {
    const replaced = replacedRows.get(file.key) ?? 0
    const rows = file.rows - replaced
    const previous = groups.at(-1)
    const isTouched = replaced > 0
    if (previous !== undefined && previous.rows + rows <= fileRowsMax / 2 && (isTouched || previous.isTouched)) {
      previous.sources.push(file)
      previous.rows += rows
      previous.isTouched = true
    } else {
      groups.push({ sources: [file], rows, isTouched })
    }
  }
  const tail = groups.at(-1)
  const takesDelta = tail !== undefined && deltaRows > 0 && tail.rows < fileRowsMax / 2
  const rewritten = groups
    .filter((group) => group.isTouched || (takesDelta && group === tail))
    .map((group) => ({ sources: group.sources, hasDelta: takesDelta && group === tail }))
  return {
    kept: groups.filter((group) => !group.isTouched && !(takesDelta && group === tail)).flatMap((group) => group.sources),
    rewritten: takesDelta || deltaRows === 0 ? rewritten : [...rewritten, { sources: [], hasDelta: true }],
  }
}
