import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AppError } from '../../schemas/errors.ts'
import { allowedFunctions, allowedTableFunctions } from '../../serving/sql-functions.ts'
import { checkSelect } from '../../serving/sql-guard.ts'
import { openSqlParser } from '../../serving/sql-parser.ts'
import type { SqlParser } from '../../serving/sql-parser.ts'

const tables = new Map([
  ['rsvp', ['member', 'rsvp', 'rejected']],
  ['sensor', ['reading', 'rejected']],
])

let parser: SqlParser

beforeAll(async () => {
  parser = await openSqlParser()
})

afterAll(() => parser.close())

async function refusal(sql: string, dataset: string | null = null): Promise<AppError | null> {
  try {
    checkSelect(await parser.parse(sql), sql, { tables, dataset })
    return null
  } catch (error) {
    if (error instanceof AppError && error.code === 'SQL_INVALID') return error
    throw error
  }
}

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
    expect((await refusal(sql))?.message).toBeUndefined()
  })
})

describe('refuses', () => {
  it.each([
    ['FROM nix', /no table nix; there are rsvp.member, .*sensor.reading/],
    ['FROM rsvp.nix', /no table rsvp.nix/],
    ['FROM rsvp_batchrows.member', /no table/],
    ['FROM memory.rsvp.member', /no table memory.rsvp.member/],
    ['FROM "rsvp.member"', /no table/],
    ['FROM main.member', /no table/],
    ['FROM temp.member', /no table/],
    [`FROM 'file.csv'`, /no table file.csv/],
    ['FROM "/etc/passwd"', /no table/],
    [`FROM 's3://bucket/key.parquet'`, /no table/],
    [`SELECT (FROM '/etc/passwd')`, /no table/],
    [`SELECT * FROM member WHERE EXISTS (FROM information_schema.tables)`, /no table/],
    ['FROM duckdb_settings', /no table/],
    ['FROM duckdb_settings()', /function duckdb_settings/],
    ['FROM pg_catalog.pg_class', /no table/],
    ['FROM sqlite_master', /no table/],
    ["FROM pragma_table_info('member')", /function pragma_table_info/],
    ['FROM member AT (VERSION => 1)', /AT cannot/],
    ['FROM rejected', /write rsvp.rejected or sensor.rejected/],
    ['DESCRIBE nix', /no table/],
    ['DESCRIBE duckdb_settings', /no table/],
    ['DESCRIBE', /SHOW/],
    ['SHOW TABLES', /SHOW/],
    ['SHOW ALL TABLES', /SHOW/],
    ['SHOW DATABASES', /SHOW/],
    ['FROM (SHOW TABLES)', /SHOW/],
    ['FROM (DESCRIBE FROM duckdb_secrets())', /function/],
    ['SUMMARIZE FROM duckdb_secrets()', /function/],
  ])('the table of %s', async (sql, message) => {
    expect((await refusal(sql))?.message).toMatch(message)
  })

  it.each([
    `SELECT getenv('HOME')`,
    `SELECT current_setting('memory_limit')`,
    `SELECT getvariable('x')`,
    `SELECT main.current_setting('memory_limit')`,
    `SELECT system.main.current_setting('memory_limit')`,
    `SELECT ('memory_limit').current_setting()`,
    `SELECT "current_setting"('memory_limit')`,
    `SELECT CURRENT_SETTING('memory_limit')`,
    `SELECT list_transform(['memory_limit'], lambda x: current_setting(x))`,
    `SELECT sum(1) FILTER (current_setting('a') = '') FROM member`,
    `SELECT sum(1) OVER (ORDER BY current_setting('a')) FROM member`,
    `SELECT 1 ORDER BY current_setting('a')`,
    `SELECT 1 LIMIT current_setting('a')`,
    `SELECT 1 FROM member GROUP BY current_setting('a')`,
    `SELECT 1 FROM member HAVING current_setting('a')`,
    `SELECT 1 FROM member QUALIFY current_setting('a')`,
    `SELECT DISTINCT ON (current_setting('a')) 1`,
    `SELECT * REPLACE (current_setting('a') AS a) FROM member`,
    `SELECT COLUMNS(c -> c = current_setting('a')) FROM member`,
    `SELECT CASE WHEN 1 THEN current_setting('a') END`,
    `SELECT x[current_setting('a')] FROM member`,
    `SELECT current_setting('a')::INT`,
    `SELECT 1 IN (current_setting('a'))`,
    `SELECT 1 BETWEEN 0 AND current_setting('a')`,
    `SELECT 'a' COLLATE nocase = current_setting('a')`,
    `SELECT 1 FROM member a JOIN member b ON current_setting('a') = ''`,
    `VALUES (current_setting('a'))`,
    `FROM range(current_setting('a')::INT)`,
    `FROM range((SELECT current_setting('a')::INT))`,
    `SELECT sum(1 ORDER BY current_setting('a'))`,
    `PIVOT member ON state IN (1) USING max(current_setting('a'))`,
    `FROM (PIVOT (SELECT current_setting('a') AS s) ON s IN (1) USING count(*))`,
    `WITH x AS (SELECT current_setting('a')) SELECT 1`,
    `WITH RECURSIVE x AS (SELECT 1 UNION ALL SELECT current_setting('a') FROM x) SELECT 1`,
    `SELECT 1 UNION SELECT current_setting('a')`,
    `SELECT getenv(E'HOME')`,
    `SELECT nextval('s')`,
    `SELECT write_log('x')`,
    `SELECT sleep_ms(100000)`,
    `SELECT pg_sleep(100000)`,
    `SELECT json_serialize_plan('SELECT 1')`,
    `SELECT json_serialize_sql('SELECT 1')`,
    `SELECT nix(1)`,
    `SELECT ｃurrent_setting('a')`,
    `SELECT current_query()`,
    `FROM query('SELECT 1')`,
    `FROM query_table('member')`,
    `FROM json_execute_serialized_sql('{}')`,
    `FROM read_csv('/etc/passwd')`,
    `FROM read_text('/etc/passwd')`,
    `FROM read_blob('/etc/passwd')`,
    `FROM read_parquet('x')`,
    `FROM read_json('x')`,
    `FROM read_duckdb('x')`,
    `FROM glob('/*')`,
    `FROM sniff_csv('/etc/passwd')`,
    `FROM parquet_metadata('x')`,
    `FROM enable_logging(level := 'debug')`,
    `SELECT * FROM enable_logging('x', storage := 'file')`,
    `FROM enable_profiling()`,
    `FROM duckdb_secrets()`,
    `FROM duckdb_logs()`,
    `FROM which_secret('s3://x', 's3')`,
    `FROM checkpoint()`,
    `FROM arrow_scan(1, 2, 3)`,
    `FROM seq_scan('member')`,
    `FROM test_all_types()`,
    `FROM sql_auto_complete('SELECT')`,
    `FROM repeat_row(1, num_rows := 10)`,
    `FROM unnest(read_text('/etc/passwd'))`,
  ])('the function of %s', async (sql) => {
    expect((await refusal(sql))?.message).toMatch(/the function .* cannot be used/)
  })

  it.each([
    `COPY member TO '/tmp/x'`,
    `COPY (SELECT 1) TO '/tmp/x'`,
    `ATTACH '/tmp/x'`,
    `DETACH x`,
    `INSTALL httpfs`,
    `LOAD httpfs`,
    `PRAGMA version`,
    `PRAGMA database_list`,
    `SET memory_limit = '1TB'`,
    `RESET memory_limit`,
    `CALL enable_logging()`,
    `EXPLAIN SELECT 1`,
    `EXPLAIN ANALYZE SELECT 1`,
    `INSERT INTO member VALUES (1)`,
    `UPDATE member SET a = 1`,
    `DELETE FROM member`,
    `TRUNCATE member`,
    `MERGE INTO member USING member ON true WHEN MATCHED THEN DELETE`,
    `CREATE TABLE x AS SELECT 1`,
    `CREATE MACRO f(x) AS x`,
    `CREATE SECRET (TYPE s3)`,
    `DROP TABLE member`,
    `ALTER TABLE member ADD COLUMN x INT`,
    `PREPARE p AS SELECT 1`,
    `EXECUTE p`,
    `BEGIN`,
    `COMMIT`,
    `VACUUM`,
    `CHECKPOINT`,
    `USE main`,
    `EXPORT DATABASE '/tmp/x'`,
    `IMPORT DATABASE '/tmp/x'`,
    `COMMENT ON TABLE member IS 'x'`,
    `PIVOT member ON state USING count(*)`,
    `FROM (PIVOT member ON state USING count(*))`,
    `WITH x AS (DELETE FROM member RETURNING *) FROM x`,
    `SELECT 1; SELECT 2`,
    `SELECT 1; COPY member TO '/tmp/x'`,
    `SELECT 1 /* */; /* */ ATTACH '/tmp/x' --`,
    `SELECT 1 INTO x`,
    `SELECT 1 FOR UPDATE`,
    ``,
    `-- nothing`,
    `;`,
    `SELECT 1 \0 ; ATTACH 'x'`,
    `SELECT 1 WHERE x = $a AND y = ?`,
    `SELECT ''; ATTACH '/tmp/x'; --'`,
    `SELECT 1::nix.typ`,
  ])('%s, which is not one SELECT', async (sql) => {
    expect(await refusal(sql)).toBeInstanceOf(AppError)
  })

  it.each([
    ['parentheses', `SELECT ${'('.repeat(50_000)}1${')'.repeat(50_000)}`],
    ['subqueries', `${'SELECT * FROM ('.repeat(3_000)}SELECT 1${')'.repeat(3_000)}`],
    ['sums', `SELECT 1${'+1'.repeat(50_000)}`],
    ['unions', `SELECT 1${' UNION ALL SELECT 1'.repeat(501)}`],
    ['casts', `SELECT 1${'::INT'.repeat(30_000)}`],
    ['list types', `SELECT 1::INT${'[]'.repeat(50_000)}`],
    ['text', `SELECT '${'x'.repeat(1_000_000)}'`],
  ])('too many %s', async (_, sql) => {
    expect(await refusal(sql)).toBeInstanceOf(AppError)
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
    expect((await refusal(sql))?.message).toMatch(/no table/)
  })

  it('gives unqualified names to the dataset of the request, and qualified ones to all', async () => {
    expect(await refusal('FROM rejected, reading, rsvp.member', 'sensor')).toBeNull()
    expect((await refusal('FROM member', 'sensor'))?.message).toMatch(/no table member/)
    expect(await refusal('FROM member, reading')).toBeNull()
  })
})

it('says where', async () => {
  expect((await refusal(`SELECT '日本',\n  nix(1)`))?.details).toEqual({
    function: 'nix',
    position: { line: 2, column: 3 },
  })
  expect((await refusal(`SELECT '日本' FROM nix`))?.details).toMatchObject({
    table: 'nix',
    position: { line: 1, column: 18 },
  })
  expect((await refusal(`SELECT 1,\n '日本 😀' a FROM x y z`))?.details).toEqual({ position: { line: 2, column: 21 } })
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
    `SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type <> 'pragma'`,
  )
  const existing = rows.getRowsJS().map(([name]) => `${name}`.toLowerCase())
  connection.closeSync()
  instance.closeSync()
  const allowed = new Set([...allowedFunctions, ...allowedTableFunctions])
  expect(
    existing.filter((name) => !allowed.has(name) && !refusedForReason.some((pattern) => pattern.test(name))),
  ).toEqual([])
  expect([...allowed].filter((name) => refusedForReason.some((pattern) => pattern.test(name)))).toEqual([])
  expect([...allowed].filter((name) => !existing.includes(name))).toEqual([])
})
