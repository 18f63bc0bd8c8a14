import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { ReportedFigure } from './figure.ts'
import { Machine } from './machine.ts'

/** What one run of the bench has measured, as `--json` writes it and `bench/results/` keeps it. */
export const Report = z.object({
  at: z.iso.datetime(),
  /** The commit that was measured; null where git does not know. */
  commit: z.string().nullable(),
  events: z.int(),
  runs: z.int(),
  machine: Machine,
  figures: z.array(ReportedFigure),
})
export type Report = z.output<typeof Report>

/** Keeps a report beside the earlier ones, under its time. */
export async function keepReport(folder: string, report: Report): Promise<void> {
  await mkdir(folder, { recursive: true })
  const name = report.at.replaceAll(':', '').replace(/\.\d+Z$/, 'Z')
  await writeFile(join(folder, `${name}.json`), reportText(report))
}

export function reportText(report: Report): string {
  return `${JSON.stringify(report, null, 2)}\n`
}

/** Returns the kept reports, oldest first. */
export async function loadReports(folder: string): Promise<readonly Report[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'))
  const reports = await Promise.all(
    names.map(async (name) => Report.parse(JSON.parse(await readFile(join(folder, name), 'utf8')))),
  )
  return reports.toSorted((a, b) => (a.at < b.at ? -1 : 1))
}
