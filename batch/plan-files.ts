import type { DataFile } from '../schemas/formats/manifest.ts'

export type FilePlan = {
  /** Files that the next generation keeps as they are. */
  readonly kept: readonly DataFile[]
  /**
   * Groups of neighbouring files that are written again, each as new files, without the rows that newer ones replace.
   */
  readonly rewritten: readonly { readonly sources: readonly DataFile[]; readonly hasDelta: boolean }[]
}

export type PlanInput = {
  /** The generation's files of one table, oldest first. */
  readonly files: readonly DataFile[]
  /** Per file, by key, how many of its rows newer ones replace. */
  readonly replacedRows: ReadonlyMap<string, number>
  readonly deltaRows: number
  readonly fileRowsMax: number
}

/**
 * Decides which files a run writes again: files that lose rows, joined with neighbours if both are small, and the
 * newest file with room. That one takes the delta's rows, even if late ones belong before it in time, so that small
 * runs do not leave many small files. All other files stay, so that the cost grows with the changes and not with the
 * history.
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
  const withRoom = deltaRows === 0 ? undefined : groups.findLast((group) => group.rows < fileRowsMax / 2)
  const isRewritten = (group: (typeof groups)[number]) => group.isTouched || group === withRoom
  const rewritten = groups
    .filter(isRewritten)
    .map((group) => ({ sources: group.sources, hasDelta: group === withRoom }))
  return {
    kept: groups.filter((group) => !isRewritten(group)).flatMap((group) => group.sources),
    rewritten: deltaRows === 0 || withRoom !== undefined ? rewritten : [...rewritten, { sources: [], hasDelta: true }],
  }
}
