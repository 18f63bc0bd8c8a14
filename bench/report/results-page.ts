import type { ReportedFigure } from './figure.ts'
import type { Report } from './kept-reports.ts'
import { machineText, measuredText, verdictText } from './text.ts'

type Measured = { readonly figure: ReportedFigure; readonly report: Report }

const earlierMax = 8

/** The page of all kept reports: for each length of history the newest figures, with those that came before. */
export function resultsPage(reports: readonly Report[]): string {
  const sizes = [...new Set(reports.map(({ events }) => events))].toSorted((a, b) => a - b)
  return `# What the bench has measured

\`npm run bench -- --write\` writes this page; \`bench/results/\` keeps what it is made of. Ratios are the headline, since they are of one run on one machine: absolute figures of two runs differ with what else their machines did. A figure is the median of its runs, with the least and the greatest.

${sizes.map((events) => sizeSection(events, reports)).join('\n')}`
}

function sizeSection(events: number, reports: readonly Report[]): string {
  const measured = measuredFigures(reports.filter((report) => report.events === events))
  const machines = new Set(measured.map(([{ report }]) => machineText(report.machine)))
  return `## A history of ${events.toLocaleString('en-US')} events

${[...machines].map((machine) => `${machine}.`).join('\n')}

${figureTable(measured)}
`
}

/** Of each figure all measurements, newest first: a run may have measured some of the rows only. */
function measuredFigures(reports: readonly Report[]): readonly (readonly [Measured, ...Measured[]])[] {
  const found = new Map<string, [Measured, ...Measured[]]>()
  for (const report of reports)
    for (const figure of report.figures) found.set(figure.key, [{ figure, report }, ...(found.get(figure.key) ?? [])])
  return [...found.values()]
}

function figureTable(measured: readonly (readonly [Measured, ...Measured[]])[]): string {
  return table(
    ['figure', 'what', 'against', 'measured', 'goal, moonshot', 'when, commit', 'before'],
    measured.map(([newest, ...earlier]) => [
      newest.figure.key,
      newest.figure.title,
      [newest.figure.against, 'median' in newest.figure.measured ? newest.figure.measured.on : undefined]
        .filter(Boolean)
        .join('; '),
      measuredText(newest.figure),
      verdictText(newest.figure),
      whenText(newest.report),
      earlier.slice(0, earlierMax).map(earlierText).join('; '),
    ]),
  )
}

function whenText({ at, commit }: Report): string {
  return `${at.slice(0, 10)}, ${commit ?? 'unknown'}`
}

function earlierText({ figure, report }: Measured): string {
  return `${measuredText(figure)} on ${whenText(report)}`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
