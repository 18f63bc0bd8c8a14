import { describe, expect, it } from 'vitest'
import { loadRepository } from './repository.ts'

const root = new URL('../..', import.meta.url).pathname
const folder = 'docs/decisions/'
const { pages } = await loadRepository(root)
const index = pages.get(`${folder}README.md`) ?? ''
const decisions = [...pages]
  .filter(([path]) => path.startsWith(folder) && path !== `${folder}README.md`)
  .map(([path, text]) => ({ file: path.slice(folder.length), text }))
  .toSorted((a, b) => a.file.localeCompare(b.file))

const headings = ['Context', 'Choice', 'Rejected alternatives', 'What would change our mind']
const form = new RegExp(
  [
    String.raw`^# (?<number>\d{4})\. (?<title>[^\n]+)`,
    String.raw`- Status: (accepted|superseded by \[\d{4}\]\([\w.-]+\))\n- Date: (?<date>\d{4}-\d{2}-\d{2})`,
    ...headings.map((heading) => String.raw`## ${heading}\n\n(?!#)[^\n][\s\S]*?`),
  ].join('\n\n') + '$',
)

function faults(file: string, text: string, number: number): readonly string[] {
  const found = form.exec(text.trimEnd())?.groups
  if (found === undefined) return [`${file}: not in the form of a decision`]
  const expected = String(number).padStart(4, '0')
  const line = `| [${expected}](${file}) | ${found['date']} | ${found['title']} |`
  return [
    ...(file.startsWith(`${expected}-`) && found['number'] === expected ? [] : [`${file}: its number is ${expected}`]),
    ...(index.split('\n').includes(line) ? [] : [`${file}: the index has no line ${line}`]),
  ]
}

describe('decisions', () => {
  it('have every heading, numbers without a gap, and a line each in the index', () => {
    expect(decisions.flatMap(({ file, text }, at) => faults(file, text, at + 1))).toEqual([])
    expect(decisions.length).toBeGreaterThan(80)
    expect(index.split('\n').filter((line) => line.startsWith('| [')).length).toBe(decisions.length)
  })

  it('a planted breach is seen: no reason, a gap, not in the index', () => {
    const { file = '', text = '' } = decisions[0] ?? {}
    expect(faults(file, text, 1)).toEqual([])
    expect(faults(file, text.replace('## Rejected alternatives\n', ''), 1)).toHaveLength(1)
    expect(faults(file, text.replace(/## Context\n\n.*\n/, '## Context\n'), 1)).toHaveLength(1)
    expect(faults(file, text, 2).length).toBeGreaterThan(0)
    expect(faults(file, text.replace(/^# (\d+)\. .*/, '# $1. Another title'), 1)).toHaveLength(1)
  })
})
