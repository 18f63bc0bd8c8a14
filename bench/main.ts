import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArguments } from './arguments.ts'
import type { BenchOptions } from './arguments.ts'
import { exitCodes } from './exit-codes.ts'
import { Lab } from './lab.ts'
import { figuresOf, isFailed, isShort } from './report/figure.ts'
import type { ReportedFigure } from './report/figure.ts'
import { keepReport, loadReports, Report, reportText } from './report/kept-reports.ts'
import { currentCommit, describeMachine } from './report/machine.ts'
import { resultsPage } from './report/results-page.ts'
import { machineText, tableText } from './report/text.ts'
import { isQuick } from './row.ts'
import type { Reading, Row } from './row.ts'
import { rows } from './rows.ts'

async function main(): Promise<number> {
  // The processes that were started and the folder are removed on the way out.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(exitCodes.interrupted))
  const parsed = parseArguments(process.argv.slice(2), rows)
  if ('text' in parsed) {
    process.stdout.write(parsed.text)
    return parsed.status
  }
  const options = parsed.run
  const { events, runs } = options
  const started = { at: new Date().toISOString(), commit: await currentCommit(), events, runs }
  const machine = describeMachine()
  const figures = await measureAll(options, new Lab(await openFolder(options), options))
  process.stdout.write(`${machineText(machine)}, ${events} events\n${tableText(figures)}`)
  await write(options, Report.parse({ ...started, machine, figures }))
  if (figures.some(isFailed)) return exitCodes.failed
  return figures.some(isShort) ? exitCodes.short : exitCodes.reached
}

async function openFolder({ data }: BenchOptions): Promise<string> {
  if (data !== null) {
    await mkdir(data, { recursive: true })
    return resolve(data)
  }
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function measureAll(options: BenchOptions, lab: Lab): Promise<readonly ReportedFigure[]> {
  const figures: ReportedFigure[] = []
  for (const row of rows.filter(({ name }) => options.only.length === 0 || options.only.includes(name))) {
    if (options.isQuick && !isQuick(row)) continue
    const startedAt = performance.now()
    figures.push(...figuresOf(row, await readingsOf(row, lab), options))
    process.stderr.write(`${row.name}: ${Math.round((performance.now() - startedAt) / 1000)} s\n`)
  }
  return figures
}

/** A measurement that throws fails all figures of its row, and the other rows go on. */
async function readingsOf(row: Row, lab: Lab): Promise<Readonly<Record<string, Reading>>> {
  try {
    return await row.measure(lab)
  } catch (error) {
    const failed = error instanceof Error ? error.message : String(error)
    return Object.fromEntries(Object.keys(row.figures).map((name) => [name, { failed }]))
  }
}

async function write({ json, writes }: BenchOptions, report: Report): Promise<void> {
  if (json !== null) await writeFile(json, reportText(report))
  if (!writes) return
  await keepReport('bench/results', report)
  await writeFile('bench/RESULTS.md', resultsPage(await loadReports('bench/results')))
}

process.exitCode = await main()
