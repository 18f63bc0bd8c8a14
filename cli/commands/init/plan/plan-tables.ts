import type { FoundTime } from '../infer/find-time.ts'
import { findKey, findOwnKey, valuesOf } from '../infer/find-key.ts'
import type { Kinds } from '../infer/find-kinds.ts'
import { entityOf, Names, singular, snakeCase } from '../infer/names.ts'
import type { Node, ObjectNode } from '../infer/nodes.ts'
import { pathOf } from '../infer/paths.ts'
import type { Shape } from '../infer/shape.ts'
import { TablePlan } from './table-plan.ts'

export type Planned = {
  /** Those of the events first, the most frequent kind before the others. */
  readonly tables: readonly TablePlan[]
  /** The table that the first questions ask, and its column with the event's time. */
  readonly main: { readonly table: TablePlan; readonly time: string }
}

export type PlanOptions = {
  readonly dataset: string
  readonly root: Node & ObjectNode
  readonly time: FoundTime
  readonly kinds: Kinds | null
}

/** Makes up tables in third normal form: of the events, of the objects in them that have an id, and of arrays. */
export function planTables({ dataset, root, time, kinds }: PlanOptions): Planned {
  const planner = new TablePlanner(root, time)
  if (kinds === null) planner.addMain({ base: dataset, seen: root.shape, except: [] })
  else
    for (const [kind, seen] of kinds.shapes)
      planner.addMain({
        base: snakeCase(kind),
        seen,
        except: [kinds.by],
        when: { path: pathOf([kinds.by]), in: [kind] },
      })
  return planner.planned()
}

type Main = {
  readonly base: string
  readonly seen: Shape
  readonly except: readonly string[]
  readonly when?: NonNullable<TablePlan['when']>
}

/** Where the columns of a row come from. */
type Place = {
  readonly table: TablePlan
  /** What its columns' names begin with, and their paths, the names of which are `names`. */
  readonly columnPrefix: string
  readonly pathPrefix: '' | '@.'
  readonly names: readonly string[]
  /** Names of the tables of its arrays begin with it. */
  readonly base: string
}

/** An id that comes back so often is of something that is measured or seen again, rather than changed. */
const eventsPerIdMax = 10

class TablePlanner {
  readonly #root: Node & ObjectNode
  readonly #time: FoundTime
  readonly #names = new Names()
  readonly #tables: TablePlan[] = []
  /** The tables of nested objects, by where these are. */
  readonly #entities = new Map<string, TablePlan>()
  #main: Planned['main'] | undefined

  constructor(root: Node & ObjectNode, time: FoundTime) {
    this.#root = root
    this.#time = time
  }

  planned(): Planned {
    if (this.#main === undefined) throw new TypeError('there are no events')
    for (const table of this.#tables)
      if (
        table.key[0] === 'log_partition' &&
        table.kind === 'latest' &&
        !this.#tables.some((set) => set.owner === table)
      )
        table.kind = 'append'
    return { tables: this.#tables, main: this.#main }
  }

  addMain({ base, seen, except, when }: Main): void {
    const [timePath, key] = [this.#time.path, findKey(this.#root, seen, [...except, this.#time.path])]
    const entity = (key === null || when !== undefined ? '' : entityOf(key)) || base
    const table = this.#newTable(entity, 'latest')
    if (when !== undefined) table.when = when
    const place: Place = { table, columnPrefix: '', pathPrefix: '', names: [], base: entity }
    const isSeries = key !== null && valuesOf(seen, key) * eventsPerIdMax < seen.count
    if (key !== null) table.key.push(...this.#addField(place, key))
    else {
      table.addKey({ name: 'log_partition', path: '$partition', type: 'INTEGER' })
      table.addKey({ name: 'log_offset', path: '$offset', type: 'BIGINT' })
    }
    const timeName = timePath.split('.').at(-1)?.replaceAll('"', '') ?? ''
    const { unit } = this.#time
    const form = unit === 'iso' || unit === 'ms' ? {} : { from: unit }
    const time = table.add({ name: snakeCase(timeName), path: timePath, type: 'TIMESTAMPTZ', ...form })
    if (isSeries) table.key.push(time)
    table.notes.push(...keyNotes(table.key, { isSeries, hasKey: key !== null }))
    this.#addFields(place, this.#root, seen)
    this.#main ??= { table, time }
  }

  #newTable(name: string, kind: TablePlan['kind']): TablePlan {
    const table = new TablePlan(this.#names.take(name, 's'), kind)
    this.#tables.push(table)
    return table
  }

  /** The column of a root field of a single value. */
  #addField(place: Place, name: string): readonly string[] {
    const field = this.#root.fields.get(name)
    if (field?.kind !== 'scalar') return []
    return [place.table.add({ name: snakeCase(name), path: pathOf([name]), ...typeOf(field) })]
  }

  /** `seen` leaves out fields that events of a kind do not have. */
  #addFields(place: Place, node: ObjectNode, seen?: Shape): void {
    for (const [name, field] of node.fields) {
      const here = seen?.fields.get(name)
      if (node.unread.has(name) || (seen !== undefined && here === undefined)) continue
      const at = { ...place, names: [...place.names, name] }
      switch (field.kind) {
        case 'object':
          this.#addObject(at, name, field, here)
          break
        case 'array':
          this.#addArray(at, name, field)
          break
        case 'map':
          this.#addMap(at, name, field)
          break
        default:
          addColumn(at, name, field)
      }
    }
  }

  /** An object with an id has a table of its own, other objects have columns beside those around them. */
  #addObject(place: Place, name: string, node: Node & ObjectNode, seen?: Shape): void {
    const entity = snakeCase(name)
    const key = findOwnKey(entity, node)
    const keyField = key === null ? undefined : node.fields.get(key)
    if (key === null || keyField?.kind !== 'scalar' || node.fields.size === 1 || !this.#canHaveTable(place.table)) {
      const columnPrefix = `${place.columnPrefix}${entity}_`
      return this.#addFields({ ...place, columnPrefix }, node, seen?.objects === 0 ? undefined : seen)
    }
    const keyName = snakeCase(key).startsWith(entity) ? snakeCase(key) : `${entity}_${snakeCase(key)}`
    const path = `${place.pathPrefix}${pathOf([...place.names, key])}`
    const table = this.#entityOf(place, { node, entity, key: { name: keyName, path, ...typeOf(keyField) } })
    const column = place.table.add({ name: `${place.columnPrefix}${keyName}`, path, ...typeOf(keyField) })
    place.table.references.set(column, `${table.name}.${table.key[0] ?? ''}`)
  }

  #canHaveTable(table: TablePlan): boolean {
    return table.entries === undefined
  }

  #entityOf(
    place: Place,
    { node, entity, key }: { node: ObjectNode; entity: string; key: Parameters<TablePlan['addKey']>[0] },
  ): TablePlan {
    const where = `${place.table.array ?? ''} ${key.path}`
    const there = this.#entities.get(where)
    if (there !== undefined) return there
    const table = this.#newTable(entity, 'latest')
    this.#entities.set(where, table)
    if (place.table.array !== undefined) table.array = place.table.array
    table.addKey(key)
    this.#addFields({ ...place, table, columnPrefix: '', base: entity }, node)
    return table
  }

  /** The elements are a set of the row that the event has in the table, or stay as they are where there is no such row. */
  #addArray(place: Place, name: string, node: Extract<Node, { readonly kind: 'array' }>): void {
    const { table: around, names } = place
    const isOuter = around.array === undefined && around.entries === undefined
    const isInner = around.kind === 'set' && around.array !== undefined && !around.array.includes('[]')
    if (node.element.kind === 'any' && node.element.shape.count === 0) return addColumn(place, name, node)
    if (!isOuter && !isInner) return addColumn(place, name, node)
    const owner = isOuter ? around : around.owner
    if (owner === undefined) return
    const set = this.#newSet(owner, elementName(place.base, name))
    const path = pathOf(names)
    set.array = isOuter ? path : `${around.array}[].${path}`
    const outer = isOuter ? [] : around.columns.filter((column) => around.distinct.includes(column.name))
    for (const column of outer) {
      const field = column.path === '@index' ? column.path : column.path.slice('@.'.length)
      set.distinct.push(set.add({ ...column, path: `${around.array}[].${field}` }))
    }
    const element = singular(snakeCase(name))
    this.#addElements(set, { element, node: node.element, isKey: (key) => !node.shape.repeated.has(key) })
  }

  #addElements(
    set: TablePlan,
    { element, node, isKey }: { element: string; node: Node; isKey: (field: string) => boolean },
  ): void {
    const key = node.kind === 'object' && node.shape.nulls === 0 ? findOwnKey(element, node) : null
    const keyField = node.kind === 'object' && key !== null && isKey(key) ? node.fields.get(key) : undefined
    if (keyField?.kind === 'scalar' && key !== null) {
      const name = /^(id|uuid|guid|key)$/i.test(key) ? `${element}_${snakeCase(key)}` : snakeCase(key)
      set.distinct.push(set.add({ name, path: `@.${pathOf([key])}`, ...typeOf(keyField) }))
      set.notes.push(`No two elements of one event have the same ${key}; those that do are counted as dropped.`)
    } else
      set.distinct.push(
        set.add({
          name: set.names.has('position') ? `${element}_position` : 'position',
          path: '@index',
          type: 'BIGINT',
        }),
      )
    if (node.kind !== 'object') return addElement(set, element, node, '@')
    this.#addFields({ table: set, columnPrefix: '', pathPrefix: '@.', names: [], base: set.name }, node)
  }

  #addMap(place: Place, name: string, node: Extract<Node, { readonly kind: 'map' }>): void {
    const { table: owner, names } = place
    if (owner.array !== undefined || owner.entries !== undefined || node.shape.hasHalves)
      return addColumn(place, name, node)
    const set = this.#newSet(owner, elementName(place.base, name))
    set.entries = pathOf(names)
    set.notes.push('Its names differ from event to event, so that each is taken for data.')
    set.distinct.push(set.add({ name: `${singular(snakeCase(name))}_key`, path: '@key', type: 'VARCHAR' }))
    if (node.value.kind !== 'object') return addElement(set, 'value', node.value, '@')
    this.#addFields({ table: set, columnPrefix: '', pathPrefix: '@.', names: [], base: set.name }, node.value)
  }

  /** A set has the key of its owner. The owner has a column that counts what the set drops. */
  #newSet(owner: TablePlan, wanted: string): TablePlan {
    const set = this.#newTable(owner.names.has(`${wanted}_dropped`) ? `${wanted}_element` : wanted, 'set')
    owner.names.take(`${set.name}_dropped`, '_value')
    set.owner = owner
    for (const column of owner.columns.filter(({ name }) => owner.key.includes(name))) set.addKey(column)
    return set
  }
}

function keyNotes(
  key: readonly string[],
  { isSeries, hasKey }: { isSeries: boolean; hasKey: boolean },
): readonly string[] {
  if (!hasKey) return ['No field looks like an id, so that each event is a row, by its place in the log.']
  if (!isSeries) return [`Guessed: the newest event of each ${key[0] ?? ''} is its row.`]
  return [
    `Guessed: ${key[0] ?? ''} comes back often, so that each of its times is a row. Without ${key[1] ?? ''} in the key`,
    'only the newest is.',
  ]
}

/** `order_line` of the `lines` of an order, and `group_topic` of the `group_topics` of a group. */
function elementName(base: string, name: string): string {
  const element = singular(snakeCase(name))
  return element.startsWith(`${base}_`) ? element : `${base}_${element}`
}

function typeOf({ type, from }: Extract<Node, { readonly kind: 'scalar' }>) {
  return { type, ...(from === undefined ? {} : { from }) }
}

function addColumn({ table, columnPrefix, pathPrefix, names }: Place, name: string, node: Node): void {
  addElement(table, `${columnPrefix}${snakeCase(name)}`, node, `${pathPrefix}${pathOf(names)}`)
}

/** Half a surrogate pair fits no column, and the event would be rejected for it. */
function addElement(table: TablePlan, name: string, node: Node, path: string): void {
  if (node.shape.hasHalves) return
  table.add({ name, path, ...(node.kind === 'scalar' ? typeOf(node) : { type: 'JSON' as const }) })
}
