import { columnSource } from './column-source.ts'
import type { Table } from './dataset.ts'

type Tables = Readonly<Record<string, Table>>

/** `table.column` holds keys of the table `to.table`, whose key is the one column `to.column`. */
export type Reference = {
  readonly table: string
  readonly column: string
  readonly to: { readonly table: string; readonly column: string }
}

/** The references that the tables declare, in the order of their declaration. */
export function referencesOf(tables: Tables): readonly Reference[] {
  return Object.entries(tables).flatMap(([table, { references = {} }]) =>
    Object.entries(references).map(([column, target]) => ({ table, column, to: targetOf(target) })),
  )
}

/** Throws a TypeError that names the column of the first reference that can mean nothing, and what to write instead. */
export function checkReferences(tables: Tables): void {
  for (const [name, { columns, references = {} }] of Object.entries(tables)) {
    for (const column of Object.keys(references))
      if (!Object.hasOwn(columns, column))
        throw new TypeError(
          `${name}: its references name the column ${column}; it has ${Object.keys(columns).join(', ')}`,
        )
    for (const [column, target] of Object.entries(references)) {
      const fault = faultOf(tables, { table: name, column, to: targetOf(target) })
      if (fault !== null) throw new TypeError(`${name}.${column}: it cannot refer to ${target}: ${fault}`)
    }
  }
}

function targetOf(target: string): Reference['to'] {
  const [table = '', ...column] = target.split('.')
  return { table, column: column.join('.') }
}

function faultOf(tables: Tables, reference: Reference): string | null {
  const { table, column, to } = reference
  if (to.column === '') return "write 'table.column'"
  const target = Object.hasOwn(tables, to.table) ? tables[to.table] : undefined
  if (target?.kind !== 'latest') return noLatestTable(tables, to.table)
  const [key = '', ...others] = target.key
  if (others.length > 0)
    return `the key of ${to.table} is ${target.key.join(' and ')} together, which no single column refers to; leave the reference out, or refer to a table whose key is one column`
  if (to.column !== key)
    return `${Object.hasOwn(target.columns, to.column) ? 'it' : `there is no such column, and it`} is not the key of ${to.table}; write '${to.table}.${key}'`
  return senselessness(tables, reference) ?? typeFault(tables[table]?.columns[column]?.type, target.columns[key]?.type)
}

/** Rows of a set are replaced as a whole and rows that are appended are never found again: nothing refers to them. */
function noLatestTable(tables: Tables, name: string): string {
  const target = Object.hasOwn(tables, name) ? tables[name] : undefined
  const latest = Object.entries(tables).filter(([, { kind }]) => kind === 'latest')
  const instead = `refer to a latest table: ${latest.map(([table]) => table).join(', ')}`
  if (target?.kind === 'append') return `${name} has a row for each event, and no key to refer to; ${instead}`
  if (target?.kind !== 'set') return `there is no such table; ${instead}`
  const ownersKey = tables[target.owner]?.key ?? []
  return `${name} is a set, whose rows have the key of their owner; ${ownersKey.length === 1 ? `write '${target.owner}.${ownersKey[0] ?? ''}'` : instead}`
}

/** What is always so, or says nothing about the column's table. */
function senselessness(tables: Tables, { table: name, column, to }: Reference): string | null {
  const table = tables[name]
  if (name === to.table && column === to.column) return 'that is the column itself; leave the reference out'
  if (table?.kind === 'set' && table.owner === to.table && table.key.includes(column))
    return `${to.table} is the owner of the set ${name}, which says as much; leave the reference out`
  if (columnSource(table?.columns[column]?.path ?? '').of === 'record')
    return "its values are those of the log's record, not of the event; leave the reference out"
  return null
}

function typeFault(own: string | undefined, others: string | undefined): string | null {
  return own === others ? null : `it is ${own} and the key is ${others}; give both the same type`
}
