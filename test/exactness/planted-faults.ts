import { derivedRules } from './merge-rules.ts'
import type { MergeRules } from './merge-rules.ts'
import { rsvpSubject } from './subjects/rsvp.ts'
import type { Subject } from './subjects/subject.ts'

type Statements = readonly string[]
type Damage = (statements: Statements) => Statements

export type PlantedFault = { readonly name: string; readonly rules: MergeRules }

const target = { speed: 'speed', batch: 'gen' }

/** Each breaks one of the merge rules, whatever the dataset. */
export function faultsOf(subject: Subject): readonly PlantedFault[] {
  const { inHandOver, inFold, inMerged } = planting(subject)
  return [
    inHandOver(
      'the first event beyond the tidemark is taken for covered',
      replaced('_offset < CASE', '_offset <= CASE'),
    ),
    inHandOver(
      'the last event below the tidemark is taken for fresh',
      replaced('_offset < CASE', '_offset + 1 < CASE'),
    ),
    inHandOver('a hand-over keeps what the generation covers', without('WHERE _offset < CASE')),
    inHandOver('a hand-over keeps late rows', without('WHERE EXISTS (FROM gen.')),
    inFold('a late row is not dropped', replaced('WHERE NOT EXISTS (FROM gen.', 'WHERE true OR NOT EXISTS (FROM gen.')),
    inFold('an older event replaces a newer one', replaced('_position) > (s._time', '_position) <> (s._time')),
    inFold('the oldest event of a micro-batch is chosen', replaced('arg_max(', 'arg_min(')),
    inFold('a tie goes to the lower offset', replaced('c._offset, c._position))', '-c._offset, c._position))')),
    inFold('a tie goes to the lower partition', replaced('(c._time, c._partition,', '(c._time, -c._partition,')),
    inFold('rejected events vanish', without('INSERT INTO speed."rejected"')),
    inMerged('rows of both sides count', replaced(' s ON ', ' s ON false AND ')),
  ]
}

/** Those of unnested rows and of sets. */
export function rsvpFaults(): readonly PlantedFault[] {
  const { inHandOver, inFold, inMerged } = planting(rsvpSubject)
  return [
    inHandOver('a hand-over keeps the sets of owners that it drops', without('DELETE FROM speed."group_topic"')),
    inFold('of equal topics the first is chosen', replaced('c._position))', '-c._position))')),
    inFold('only topics of winners count', topicsOfWinners),
    inFold('a set of topics is not emptied', without('DELETE FROM speed."group_topic"')),
    inFold('a set of services is not emptied', without('DELETE FROM speed."member_service"')),
    inFold(
      'a set holds elements of older events',
      replaced('SEMI JOIN speed."groups" o ON', 'SEMI JOIN speed."groups" o ON true OR'),
    ),
    inFold(
      'a set holds an element twice',
      replaced('GROUP BY "group_id", "urlkey"', 'GROUP BY "group_id", "urlkey", _position'),
    ),
    inMerged('a set follows its own rows', setsFollowThemselves),
  ]
}

function planting({ dataset, tables }: Subject) {
  const derived = derivedRules(dataset)
  return {
    inFold: (name: string, damage: Damage): PlantedFault => {
      const fold: MergeRules['fold'] = (staged, to) => damage(derived.fold(staged, to))
      mustDiffer(name, fold('staged', target), derived.fold('staged', target))
      return { name, rules: { ...derived, fold } }
    },

    inHandOver: (name: string, damage: Damage): PlantedFault => {
      const handOver: MergeRules['handOver'] = (to, tidemark) => damage(derived.handOver(to, tidemark))
      const tidemark = new Map([[0, 1n]])
      mustDiffer(name, handOver(target, tidemark), derived.handOver(target, tidemark))
      return { name, rules: { ...derived, handOver } }
    },

    inMerged: (name: string, damage: Damage): PlantedFault => {
      const merged: MergeRules['merged'] = (table, of) => damage([derived.merged(table, of)]).join('')
      const all = (rules: MergeRules['merged']) => Object.keys(tables).map((table) => rules(table, target))
      mustDiffer(name, all(merged), all(derived.merged))
      return { name, rules: { ...derived, merged } }
    },
  }
}

/** A fault that no longer finds the SQL it damages would be no fault. */
function mustDiffer(name: string, damaged: Statements, derived: Statements): void {
  if (damaged.join() === derived.join()) throw new TypeError(`nothing is damaged by: ${name}`)
}

function replaced(from: string, to: string): Damage {
  return (statements) => statements.map((sql) => sql.replaceAll(from, () => to))
}

function without(part: string): Damage {
  return (statements) => statements.filter((sql) => !sql.includes(part))
}

/** The batch side's elements are hidden where the speed side has elements, not where it has the group. */
function setsFollowThemselves(statements: Statements): Statements {
  return statements.map((sql) =>
    sql.includes('gen."group_topic"') ? sql.replace('speed."groups" s', () => 'speed."group_topic" s') : sql,
  )
}

/** Topics are folded last, from the events that are the newest of their group. */
function topicsOfWinners(statements: Statements): Statements {
  const isOfTopics = (sql: string) => sql.startsWith('MERGE INTO speed."topic"')
  const winners =
    'FROM (FROM staged e SEMI JOIN speed."groups" o ON e._partition = o._partition AND e._offset = o._offset))'
  return [
    ...statements.filter((sql) => !isOfTopics(sql)),
    ...statements.filter(isOfTopics).map((sql) => sql.replace('FROM staged)', () => winners)),
  ]
}
