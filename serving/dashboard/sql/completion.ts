import type { Completion, CompletionSource } from '@codemirror/autocomplete'
import { sql, SQLDialect } from '@codemirror/lang-sql'
import type { SQLNamespace } from '@codemirror/lang-sql'
import type { Extension } from '@codemirror/state'
import type { DatasetInfo } from '../page/page.ts'

/** The words of the engine's dialect that one SELECT can need. */
const dialect = SQLDialect.define({
  keywords:
    'all and any anti as asc asof between by case cast collate cross cube current delete desc distinct else end escape except exclude exists filter first following from full glob group grouping having ilike in inner intersect is join last lateral left like limit materialized natural not nulls offset on or order outer over partition pivot positional preceding qualify range recursive replace respect right rollup row rows sample select semi sets similar some then ties to unbounded union unnest unpivot using values when where window with',
  types:
    'bigint blob boolean date decimal double float hugeint integer interval json list map real smallint struct time timestamp timestamptz tinyint ubigint uinteger utinyint uuid varchar',
  builtin:
    'abs approx_count_distinct arg_max arg_min avg ceil coalesce concat count date_diff date_part date_trunc dense_rank epoch_ms first_value floor greatest ifnull lag last_value lead least length list list_contains list_sort lower max median min mode nullif percentile_cont quantile_cont rank regexp_matches replace round row_number split_part sqrt starts_with stddev strftime string_agg strip_accents substring sum time_bucket trim upper variance',
  operatorChars: '+-*/%<>=!&|^~@',
  doubleDollarQuotedStrings: true,
  caseInsensitiveIdentifiers: true,
})

/**
 * Completes the schemas and tables of every dataset, tables of `dataset` also without its name, and the columns of
 * tables that the statement names.
 */
export function sqlLanguage(datasets: readonly DatasetInfo[], dataset: DatasetInfo): Extension {
  const schema: Record<string, SQLNamespace> = Object.fromEntries(
    datasets.flatMap((each) => schemaNames(each).map((name) => [name, tablesOf(each)] as const)),
  )
  return [
    sql({ dialect, schema, defaultSchema: dataset.name, upperCaseKeywords: true }),
    dialect.language.data.of({ autocomplete: columnSource(datasets) }),
  ]
}

/** Returns the schema of the merged tables, then those of each layer. */
export function schemaNames({ name }: DatasetInfo): readonly [string, string, string] {
  return [name, `${name}_batch`, `${name}_speed`]
}

function tablesOf({ tables }: DatasetInfo): SQLNamespace {
  return Object.fromEntries(
    tables.map(({ name, columns }) => [
      name,
      columns.map((column) => ({ label: column.name, type: 'property', detail: column.type })),
    ]),
  )
}

/** Completes columns of all tables that the statement names anywhere, because the FROM comes after the SELECT list. */
function columnSource(datasets: readonly DatasetInfo[]): CompletionSource {
  return (context) => {
    const word = context.matchBefore(/\w+/)
    if (word === null || context.state.sliceDoc(word.from - 1, word.from) === '.') return null
    const named = new Set(context.state.doc.toString().match(/\w+/g))
    const options = datasets
      .flatMap(({ tables }) => tables.filter(({ name }) => named.has(name)))
      .flatMap((table) =>
        table.columns.map(({ name, type }): Completion => ({
          label: name,
          type: 'property',
          detail: `${table.name} · ${type}`,
        })),
      )
    return { from: word.from, options, validFor: /^\w*$/ }
  }
}
