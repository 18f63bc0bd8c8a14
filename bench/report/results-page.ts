import type { ReportedFigure } from './figure.ts'
import type { Report } from './kept-reports.ts'
import { machineText, measuredText, verdictText } from './text.ts'

type Measured = { readonly figure: ReportedFigure; readonly report: Report }

const reportsShown = 8

/** The page of all kept reports: for each length of history the newest figures, then how they have changed. */
export function resultsPage(reports: readonly Report[]): string {
  const sizes = [...new Set(reports.map(({ events }) => events))].toSorted((a, b) => a - b)
  return `# What the bench has measured

\`npm run bench -- --write\` writes this page; \`bench/results/\` keeps what it is made of. Ratios are the headline, since they are of one run on one machine: absolute figures of two runs differ with what else their machines did. A figure is the median of its runs, with the least and the greatest.

${sizes.map((events) => sizeSection(events, reports)).join('\n')}
## Earlier runs

${historyTable(reports.slice(-reportsShown))}
`
}

function sizeSection(events: number, reports: readonly Report[]): string {
  const measured = newestFigures(reports.filter((report) => report.events === events))
  const machines = new Set(measured.map(({ report }) => machineText(report.machine)))
  return `## A history of ${events.toLocaleString('en-US')} events

${[...machines].map((machine) => `${machine}.`).join('\n')}

${figureTable(measured)}
`
}

/** Of each figure the newest, where several runs have measured other rows. */
function newestFigures(reports: readonly Report[]): readonly Measured[] {
  const newest = new Map<string, Measured>()
  for (const report of reports) for (const figure of report.figures) newest.set(figure.key, { figure, report })
  return [...newest.values()]
}

function figureTable(measured: readonly Measured[]): string {
  return table(
    ['figure', 'what', 'against', 'measured', 'goal, moonshot', 'when, commit'],
    measured.map(({ figure, report }) => [
      figure.key,
      figure.title,
      [figure.against, 'median' in figure.measured ? figure.measured.on : undefined].filter(Boolean).join('; '),
      measuredText(figure),
      verdictText(figure),
      `${report.at.slice(0, 10)}, ${report.commit ?? 'unknown'}`,
    ]),
  )
}

function historyTable(reports: readonly Report[]): string {
  const keys = [...new Set(reports.flatMap(({ figures }) => figures.filter(({ goal }) => goal).map(({ key }) => key)))]
  const runs = reports.map(({ at, events }) => `${at.slice(0, 16).replace('T', ' ')}, ${events} events`)
  return table(
    ['figure', ...runs],
    keys.map((key) => [
      key,
      ...reports.map(({ figures }) => {
        const figure = figures.find((each) => each.key === key)
        return figure === undefined ? '' : measuredText(figure)
      }),
    ]),
  )
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
