import type { TimeForm } from '../../../../schemas/declare/dataset.ts'
import { idRank, isTimeName, snakeCase } from './names.ts'
import type { Node } from './nodes.ts'
import { pathOf } from './paths.ts'
import { isAlways } from './shape.ts'
import { areAfter1970, timeFormOf, unitBySize } from './time-forms.ts'

export type FoundTime = {
  readonly path: string
  readonly unit: TimeForm
  /** Whether its numbers are whole. A text is not. */
  readonly isWhole: boolean
  /** Other fields that every event has and that look like times, the likeliest first. */
  readonly others: readonly string[]
}

/**
 * The field that is the event's time: one that every event has and whose values look like times. `named` is a path that
 * the caller chose; its unit is then told by size alone. Null if there is none.
 */
export function findTime(root: Node, named?: string): FoundTime | null {
  const candidates = candidatesOf(root, [])
  if (named !== undefined) {
    const found = candidates.find(({ path }) => path === named)
    const unit = found && (timeFormOf(found.node.shape) ?? unitBySize(found.node.shape))
    return found === undefined || unit === undefined ? null : timeOf(found, unit, [])
  }
  const likely = candidates
    .flatMap((candidate) => {
      const unit = timeFormOf(candidate.node.shape)
      const rank = unit === undefined || !areAfter1970(candidate.node.shape) ? undefined : rankOf(candidate, unit)
      return unit === undefined || rank === undefined ? [] : [{ candidate, unit, rank }]
    })
    .toSorted((a, b) => a.rank - b.rank)
  const [first, ...others] = likely
  if (first === undefined) return null
  return timeOf(
    first.candidate,
    first.unit,
    others.map(({ candidate }) => candidate.path),
  )
}

type Candidate = { readonly path: string; readonly name: string; readonly depth: number; readonly node: Node }

function timeOf({ path, node }: Candidate, unit: TimeForm, others: readonly string[]): FoundTime {
  const isWhole = unit !== 'iso' && [...node.shape.numbers.keys()].every((number) => /^\d+$/.test(number))
  return { path, unit, isWhole, others }
}

/** Every field of a single value that no event lacks. */
function candidatesOf(node: Node, names: readonly string[]): readonly Candidate[] {
  if (node.kind !== 'object') return []
  return [...node.fields].flatMap(([name, field]) => {
    if (node.unread.has(name) || !isAlways(field.shape, node.shape)) return []
    const path = [...names, name]
    if (field.kind === 'object') return candidatesOf(field, path)
    return field.kind === 'scalar' ? [{ path: pathOf(path), name, depth: path.length, node: field }] : []
  })
}

/** What changes a row decides which version is the newest, so it goes before what made it. */
const ranks = [
  /^(event_?)?(time|timestamp|ts|at|datetime|occurred(_at)?)$/,
  /^(mtime|(last_?)?(updated|modified|changed)(_?(at|on|time))?)$/,
  /^(created|sent|received|published|placed|ordered|recorded)(_?(at|on|time))?$/,
]

/** The lower, the likelier; undefined for an id that happens to look like a time. */
function rankOf({ name, depth }: Candidate, unit: TimeForm): number | undefined {
  if (idRank(name) !== undefined) return undefined
  const words = snakeCase(name).replace(/_(s|ms|us|utc)$/, '')
  const rank = ranks.findIndex((pattern) => pattern.test(words))
  if (rank >= 0) return rank * 10 + depth
  if (isTimeName(name)) return ranks.length * 10 + depth
  return (unit === 'iso' ? 100 : 200) + depth
}
