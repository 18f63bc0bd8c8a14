import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allowedFunctions, allowedTableFunctions } from '../../../serving/sql/functions.ts'
import { openJudge } from './judge-sql.ts'
import type { Judge } from './judge-sql.ts'

let judge: Judge

beforeAll(async () => {
  judge = await openJudge()
})

afterAll(() => judge.close())

describe('allows', () => {
  it.each([
    'SELECT * FROM rsvp.member m JOIN rsvp_batch.member b USING (member_id) ANTI JOIN rsvp_speed.rsvp s ON s.member_id = m.member_id',
    'FROM member',
    'FROM RSVP.Member',
    'FROM "Member"',
    'FROM sensor.rejected UNION ALL BY NAME FROM rsvp.rejected',
    'VALUES (1), (2)',
    'TABLE member',
    'DESCRIBE rsvp.member',
    'SUMMARIZE SELECT * FROM member',
    'PIVOT member ON state IN (1, 2) USING count(*)',
    'UNPIVOT member ON a, b INTO NAME n VALUE v',
    "SELECT COLUMNS(c -> c LIKE 'a%') FROM member",
    'SELECT * EXCLUDE (a) REPLACE (lower(b) AS b) RENAME (c AS d), *COLUMNS(*) FROM member',
    'SELECT list_transform([1], lambda x: x + 1), [x FOR x IN [1, 2] IF x > 1], list_filter(l, x -> x > 1) FROM member',
    'SELECT a, row_number() OVER w FROM member WINDOW w AS (PARTITION BY a ORDER BY b) QUALIFY row_number() OVER w = 1',
    'SELECT sum(a) FILTER (a > 1) OVER (ORDER BY b ROWS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES) FROM member',
    'SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a), first(a ORDER BY b), count(DISTINCT a) FROM member',
    'SELECT * FROM rsvp.rsvp r ASOF JOIN rsvp.member m ON r.mtime >= m.mtime',
    'SELECT * FROM member m, LATERAL (SELECT m.a) l, unnest([1]) u(x), generate_series(1, 3) g(y), range(3) WITH ORDINALITY',
    "SELECT * FROM member, json_each('{}')",
    'SELECT DISTINCT ON (a) a FROM member GROUP BY ALL ORDER BY ALL LIMIT 10% OFFSET 1',
    'SELECT GROUPING(a), a FROM member GROUP BY GROUPING SETS ((a), ())',
    'FROM member TABLESAMPLE 10%',
    'FROM member POSITIONAL JOIN sensor.reading NATURAL JOIN rsvp.rsvp SEMI JOIN rsvp.rejected USING (a)',
    'SELECT (SELECT max(a) FROM member), EXISTS (FROM member), 1 IN (FROM member), 1 = ANY (FROM member), ARRAY(FROM member)',
    'SELECT CASE a WHEN 1 THEN 2 END, if(a, b, c), ifnull(a, b), nullif(a, b), coalesce(a, b), TRY(a / b), TRY_CAST(a AS INT) FROM member',
    "SELECT a::DECIMAL(10, 2), a::INT[], a::STRUCT(b INT), a::MAP(INT, INT), a::ENUM ('x'), a::TIMESTAMPTZ, a::JSON, a::UUID, a::INT[3] FROM member",
    "SELECT a IS DISTINCT FROM b, a <> ALL (SELECT 1), a NOT IN (1), (1, 2), a->>'x', a.b[1].c, a::JSON->'a', a[1:2], a[-1] FROM member",
    "SELECT extract(year FROM d), position('a' IN b), trim(BOTH 'a' FROM b), substring(a FROM 1 FOR 2), a AT TIME ZONE 'UTC' FROM member",
    "SELECT a SIMILAR TO 'b', a GLOB 'b', a ~ 'b', ~1, a ILIKE 'b', a NOT LIKE 'b' ESCAPE '$', a BETWEEN 1 AND 2 FROM member",
    "SELECT INTERVAL 1 DAY, DATE '2017-03-19', current_date, now(), current_timestamp, {'a': 1}, map {'a': 1}, [1, 2], ROW(1, 2)",
    'SELECT a COLLATE nocase FROM member ORDER BY a COLLATE de NULLS FIRST',
    'SELECT * FROM member WHERE a = ? AND b IN (?, ?)',
    'SELECT * FROM member WHERE a = $name',
    'SELECT a.upper().lower(), #1 FROM member',
    "SELECT date_trunc('day', to_timestamp(1)), time_bucket(INTERVAL 5 MINUTE, now()), strftime(now(), '%Y')",
    '/* ; */ SELECT 1 -- ;\n;',
    'SELECT \'COPY member TO "x"\' AS "ATTACH"',
    'WITH a AS (SELECT 1), b AS MATERIALIZED (FROM a) SELECT * FROM b, (FROM a) x WHERE EXISTS (FROM b)',
    'WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 9) FROM r',
    'WITH RECURSIVE r(n) USING KEY (n) AS (SELECT 1 UNION SELECT n + 1 FROM r WHERE n < 9) FROM r',
    'WITH member AS (FROM rsvp.member) FROM member',
    'WITH "Ünï" AS (SELECT 1) FROM "Ünï"',
    'WITH x AS (SELECT 1) SELECT * FROM X',
    '(WITH x AS (SELECT 1) FROM x) UNION (WITH x AS (SELECT 2) FROM x)',
  ])('%s', async (sql) => {
    expect((await judge.refusal(sql))?.message).toBeUndefined()
  })
})

describe('scope', () => {
  it.each([
    ['a CTE is a table to itself', 'WITH duckdb_settings AS (FROM duckdb_settings) FROM duckdb_settings'],
    ['a CTE does not see a later one', 'WITH a AS (FROM b), b AS (SELECT 1) FROM a'],
    ['a CTE ends with its query', 'SELECT (WITH a AS (SELECT 1) FROM a), (FROM a)'],
    ['a CTE of one side of a set operation is not seen by the other', '(WITH a AS (SELECT 1) FROM a) UNION FROM a'],
    [
      'the first side of a recursive CTE does not see it',
      'WITH RECURSIVE duckdb_settings AS (FROM duckdb_settings UNION ALL FROM duckdb_settings) FROM duckdb_settings',
    ],
    [
      'a recursive CTE that does not recurse does not see itself',
      'WITH RECURSIVE pg_class AS (FROM pg_class) FROM pg_class',
    ],
    ['a qualified name is never a CTE', 'WITH pg_class AS (SELECT 1) FROM pg_catalog.pg_class'],
    ['an alias is not a table', 'SELECT * FROM member duckdb_settings, (FROM duckdb_settings)'],
  ])('%s', async (_, sql) => {
    expect((await judge.refusal(sql))?.message).toMatch(/no table/)
  })

  it('gives unqualified names to the dataset of the request, and qualified ones to all', async () => {
    expect(await judge.refusal('FROM rejected, reading, rsvp.member', 'sensor')).toBeNull()
    expect((await judge.refusal('FROM member', 'sensor'))?.message).toMatch(/no table member/)
    expect(await judge.refusal('FROM member, reading')).toBeNull()
  })
})

it('says where', async () => {
  expect((await judge.refusal(`SELECT '日本',\n  nix(1)`))?.details).toEqual({
    function: 'nix',
    position: { line: 2, column: 3 },
  })
  expect((await judge.refusal(`SELECT '日本' FROM nix`))?.details).toMatchObject({
    table: 'nix',
    position: { line: 1, column: 18 },
  })
  expect((await judge.refusal(`SELECT 1,\n '日本 😀' a FROM x y z`))?.details).toEqual({
    position: { line: 2, column: 21 },
  })
})

it('knows every function of the engine: allowed, or refused for a reason', async () => {
  const refusedForReason = [
    /^(__internal_|icu_|st_|has_|pg_(?!typeof|size_pretty)|inet_|duckdb_|pragma_|read_|parquet_|current_(?!date|localtime)|json_(de)?serialize|enable_|disable_)/,
    /^(add_parquet_key|arrow_scan(_dumb)?|can_cast_implicitly|cast_to_type|check_peg_parser|checkpoint|col_description|combine|create_sort_key|currval|finalize|force_checkpoint)$/,
    /^(format_pg_type|format_type|get_block_size|get_type|getvariable|glob|histogram_values|in_search_path|invoke|json_execute_serialized_sql|make_type|map_to_pg_oid|nextval|obj_description)$/,
    /^(parse_duckdb_log_message|query|query_table|regexp_split_to_table|remap_struct|repeat_row|replace_type|seq_scan|session_user|setseed|shobj_description|sleep_ms|sniff_csv|sql_auto_complete)$/,
    /^(stats|summary|switch|test_all_types|test_vector_types|timetz_byte_comparable|truncate_duckdb_logs|txid_current|user|variant_(?!typeof).*|vector_type|version|which_secret|write_log)$/,
  ]
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const rows = await connection.runAndReadAll(
    `SELECT DISTINCT lower(function_name) FROM duckdb_functions() WHERE function_type <> 'pragma'`,
  )
  const existing = rows.getRowsJson().map(([name]) => JSON.stringify(name).slice(1, -1))
  connection.closeSync()
  instance.closeSync()
  const allowed = new Set([...allowedFunctions, ...allowedTableFunctions])
  expect(
    existing.filter((name) => !allowed.has(name) && !refusedForReason.some((pattern) => pattern.test(name))),
  ).toEqual([])
  expect([...allowed].filter((name) => refusedForReason.some((pattern) => pattern.test(name)))).toEqual([])
  expect([...allowed].filter((name) => !existing.includes(name))).toEqual([])
})
