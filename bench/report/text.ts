import { textColumns } from '../../cli/output/text-columns.ts'
import type { Goal } from '../row.ts'
import { shortBy } from './figure.ts'
import type { ReportedFigure } from './figure.ts'
import type { Machine } from './machine.ts'

type Measured = Pick<ReportedFigure, 'measured' | 'unit'>
type Judged = Pick<ReportedFigure, 'measured' | 'goal' | 'moonshot' | 'reached'>

/** The report on a terminal: a line for each figure. */
export function tableText(figures: readonly ReportedFigure[]): string {
  const head = ['figure', 'min', 'median', 'max', 'unit', 'runs', 'asked', 'what']
  const rows = figures.map((figure) => [figure.key, ...cellsOf(figure), verdictText(figure), whatText(figure)])
  return textColumns(
    [head, ...rows],
    head.map((name) => ({ isNumber: ['min', 'median', 'max', 'runs'].includes(name) })),
  )
}

function cellsOf({ measured, unit }: Measured): readonly string[] {
  if (!('median' in measured)) return ['', 'failed' in measured ? 'FAILED' : 'skipped', '', '', '']
  const { min, median, max, runs } = measured
  return [numberText(min), numberText(median), numberText(max), unit, String(runs)]
}

function whatText({ title, against, measured }: ReportedFigure): string {
  const reason = 'failed' in measured ? measured.failed : 'skipped' in measured ? measured.skipped : undefined
  const on = 'median' in measured && measured.on !== undefined ? `, on ${measured.on}` : ''
  return `${title}${against === undefined ? '' : `, against ${against}`}${on}${reason === undefined ? '' : `: ${reason.replaceAll('\n', ' ')}`}`
}

/** `3.1 x (2.9 to 3.3, 5 runs)`, or why there is no figure. */
export function measuredText({ measured, unit }: Measured): string {
  if ('skipped' in measured) return `skipped: ${measured.skipped}`
  if ('failed' in measured) return `FAILED: ${measured.failed.replaceAll('\n', ' ')}`
  const { min, median, max, runs } = measured
  const spread = runs === 1 ? '' : ` (${numberText(min)} to ${numberText(max)}, ${runs} runs)`
  return `${numberText(median)} ${unit}${spread}`
}

/** What was asked, and whether it is reached or by how much it falls short. Empty where there is no goal. */
export function verdictText({ measured, goal, moonshot, reached }: Judged): string {
  if (goal === undefined) return ''
  const asked = `${goalText(goal)}${moonshot === undefined ? '' : `, ${goalText(moonshot)}`}`
  if (reached === 'short' && 'median' in measured)
    return `${asked}: FALLS SHORT, ${numberText(shortBy(measured.median, goal))} x the goal`
  return reached === null ? asked : `${asked}: ${reached} reached`
}

export function machineText({ cores, cpu, memoryGib, system, node, engine }: Machine): string {
  return `${cores} cores (${cpu}), ${memoryGib} GiB, ${system}, Node ${node}, ${engine}`
}

function goalText(goal: Goal): string {
  return 'atMost' in goal ? `<= ${numberText(goal.atMost)}` : `>= ${numberText(goal.atLeast)}`
}

function numberText(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 })
}
