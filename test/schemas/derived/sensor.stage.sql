-- SQL derived from the declaration in schemas/sensor/, laid out for review. `npm run derive` writes this file.

-- Derived by `stageSql` (schemas/sql/stage-sql.ts).
-- This statement judges and parses the records of the table `incoming`. Its reason is the one verdict.

WITH
  decoded AS (
    SELECT
      "partition",
      "offset",
      greatest(0, least("timestamp", 253402300799999)) AS "timestamp",
      has_log_time,
      read_at,
      value,
      CASE
        WHEN octet_length(value) <= 2097152 THEN TRY(decode(value))
      END AS text
    FROM
      incoming
  ),
  typed AS (
    SELECT
      *,
      TRY(json_type(text, [''])) AS text_types
    FROM
      decoded
  ),
  marked AS (
    SELECT
      *,
      CASE
        WHEN text_types IS NULL
        AND regexp_matches(text, '\\u[dD][89a-fA-F][0-9a-fA-F]{2}') THEN list_filter(
          list_transform(range(64976, 65006), lambda code: chr(code::INTEGER)),
          lambda m: NOT contains(text, m)
          AND NOT contains(lower(text), format('\u{:x}', unicode(m)))
        ) [1]
      END AS mark
    FROM
      typed
  ),
  readable AS (
    SELECT
      *,
      CASE
        WHEN text_types IS NOT NULL THEN text
        WHEN mark IS NOT NULL THEN list_transform(
          [
            list_aggregate(
              list_transform(
                regexp_extract_all(
                  text,
                  '\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\(?s:.)|[^\\]+'
                ),
                lambda piece: CASE
                  WHEN regexp_full_match(piece, '\\u[dD][89a-fA-F][0-9a-fA-F]{2}') THEN mark
                  ELSE piece
                END
              ),
              'string_agg',
              ''
            )
          ],
          lambda repaired: CASE
            WHEN json_valid(repaired) THEN repaired
          END
        ) [1]
      END AS json
    FROM
      marked
  ),
  parsed AS (
    SELECT
      *,
      CASE
        WHEN mark IS NULL THEN text_types
        ELSE TRY(json_type(json, ['']))
      END AS types,
      TRY(
        from_json(
          json,
          '{"sensor_id":"JSON","room":"JSON","temperature_c":"JSON","humidity":"JSON","ts":"JSON","seq":"JSON"}'
        )
      ) AS leaves
    FROM
      readable
  ),
  judged AS (
    SELECT
      *,
      CASE
        WHEN value IS NULL THEN 'the event: missing, the record has no value'
        WHEN octet_length(value) > 2097152 THEN 'the event: longer than 2097152 bytes, which is not parsed: its first 65536 are kept here, all of it in its raw chunk'
        WHEN text IS NULL THEN 'the event: not valid UTF-8'
        WHEN json IS NULL THEN 'the event: not valid JSON'
        WHEN (
          (
            types[1] = 'OBJECT'
            AND (
              leaves."sensor_id" IS NOT NULL
              AND (starts_with(leaves."sensor_id"::VARCHAR, '"'))
            )
            AND (
              leaves."room" IS NOT NULL
              AND (starts_with(leaves."room"::VARCHAR, '"'))
            )
            AND (
              leaves."temperature_c" IS NOT NULL
              AND (
                leaves."temperature_c"::VARCHAR >= '-'
                AND leaves."temperature_c"::VARCHAR < ':'
                AND isfinite(TRY_CAST(leaves."temperature_c"::VARCHAR AS DOUBLE))
              )
            )
            AND (
              leaves."humidity" IS NULL
              OR (
                leaves."humidity"::VARCHAR >= '-'
                AND leaves."humidity"::VARCHAR < ':'
                AND isfinite(TRY_CAST(leaves."humidity"::VARCHAR AS DOUBLE))
              )
            )
            AND (
              leaves."ts" IS NOT NULL
              AND (
                TRY_CAST(leaves."ts"::VARCHAR AS BIGINT) BETWEEN 0 AND 253402300799999
                AND TRY_CAST(leaves."ts"::VARCHAR AS BIGINT)::VARCHAR = leaves."ts"::VARCHAR
              )
            )
            AND (
              leaves."seq" IS NOT NULL
              AND (
                TRY_CAST(leaves."seq"::VARCHAR AS BIGINT) BETWEEN 0 AND 9007199254740991
                AND TRY_CAST(leaves."seq"::VARCHAR AS BIGINT)::VARCHAR = leaves."seq"::VARCHAR
              )
            )
          )
        ) THEN NULL
        ELSE CASE
          WHEN json::JSON IS NULL THEN 'the event: missing'
          WHEN NOT coalesce(starts_with(json::JSON::VARCHAR, '{'), false) THEN 'the event: expected an object, got ' || CASE json_type(json::JSON)
            WHEN 'NULL' THEN 'null'
            WHEN 'VARCHAR' THEN 'a text'
            WHEN 'BOOLEAN' THEN 'a boolean'
            WHEN 'DOUBLE' THEN 'a fraction or a number beyond 64 bits'
            WHEN 'OBJECT' THEN 'an object'
            WHEN 'ARRAY' THEN 'an array'
            ELSE 'an integer'
          END
          ELSE coalesce(
            list_transform(
              [json_extract(json::JSON, ['/sensor_id', '/room', '/temperature_c', '/humidity', '/ts', '/seq'])],
              lambda v1: coalesce(
                CASE
                  WHEN v1[1] IS NULL THEN 'sensor_id: missing'
                  WHEN NOT coalesce(starts_with(v1[1]::VARCHAR, '"'), false) THEN 'sensor_id: expected a text, got ' || CASE json_type(v1[1])
                    WHEN 'NULL' THEN 'null'
                    WHEN 'VARCHAR' THEN 'a text'
                    WHEN 'BOOLEAN' THEN 'a boolean'
                    WHEN 'DOUBLE' THEN 'a fraction or a number beyond 64 bits'
                    WHEN 'OBJECT' THEN 'an object'
                    WHEN 'ARRAY' THEN 'an array'
                    ELSE 'an integer'
                  END
                  ELSE NULL
                END,
                CASE
                  WHEN v1[2] IS NULL THEN 'room: missing'
                  WHEN NOT coalesce(starts_with(v1[2]::VARCHAR, '"'), false) THEN 'room: expected a text, got ' || CASE json_type(v1[2])
                    WHEN 'NULL' THEN 'null'
                    WHEN 'VARCHAR' THEN 'a text'
                    WHEN 'BOOLEAN' THEN 'a boolean'
                    WHEN 'DOUBLE' THEN 'a fraction or a number beyond 64 bits'
                    WHEN 'OBJECT' THEN 'an object'
                    WHEN 'ARRAY' THEN 'an array'
                    ELSE 'an integer'
                  END
                  ELSE NULL
                END,
                CASE
                  WHEN v1[3] IS NULL THEN 'temperature_c: missing'
                  WHEN NOT coalesce(
                    v1[3]::VARCHAR >= '-'
                    AND v1[3]::VARCHAR < ':'
                    AND isfinite(TRY_CAST(v1[3]::VARCHAR AS DOUBLE)),
                    false
                  ) THEN 'temperature_c: expected a finite number, got ' || CASE json_type(v1[3])
                    WHEN 'NULL' THEN 'null'
                    WHEN 'VARCHAR' THEN 'a text'
                    WHEN 'BOOLEAN' THEN 'a boolean'
                    WHEN 'DOUBLE' THEN 'a fraction or a number beyond 64 bits'
                    WHEN 'OBJECT' THEN 'an object'
                    WHEN 'ARRAY' THEN 'an array'
                    ELSE 'an integer'
                  END
                  ELSE NULL
                END,
                CASE
                  WHEN v1[4] IS NULL THEN NULL
                  WHEN v1[4]::VARCHAR = 'null' THEN NULL
                  WHEN NOT coalesce(
                    v1[4]::VARCHAR >= '-'
                    AND v1[4]::VARCHAR < ':'
                    AND isfinite(TRY_CAST(v1[4]::VARCHAR AS DOUBLE)),
                    false
                  ) THEN 'humidity: expected a finite number, got ' || CASE json_type(v1[4])
                    WHEN 'NULL' THEN 'null'
                    WHEN 'VARCHAR' THEN 'a text'
                    WHEN 'BOOLEAN' THEN 'a boolean'
                    WHEN 'DOUBLE' THEN 'a fraction or a number beyond 64 bits'
                    WHEN 'OBJECT' THEN 'an object'
                    WHEN 'ARRAY' THEN 'an array'
                    ELSE 'an integer'
                  END
                  ELSE NULL
                END,
                CASE
                  WHEN v1[5] IS NULL THEN 'ts: missing'
                  WHEN NOT coalesce(
                    TRY_CAST(v1[5]::VARCHAR AS BIGINT) BETWEEN 0 AND 253402300799999
                    AND TRY_CAST(v1[5]::VARCHAR AS BIGINT)::VARCHAR = v1[5]::VARCHAR,
                    false
                  ) THEN 'ts: expected an integer from 0 to 253402300799999, got ' || CASE json_type(v1[5])
                    WHEN 'NULL' THEN 'null'
                    WHEN 'VARCHAR' THEN 'a text'
                    WHEN 'BOOLEAN' THEN 'a boolean'
                    WHEN 'DOUBLE' THEN 'a fraction or a number beyond 64 bits'
                    WHEN 'OBJECT' THEN 'an object'
                    WHEN 'ARRAY' THEN 'an array'
                    ELSE 'another integer'
                  END
                  ELSE NULL
                END,
                CASE
                  WHEN v1[6] IS NULL THEN 'seq: missing'
                  WHEN NOT coalesce(
                    TRY_CAST(v1[6]::VARCHAR AS BIGINT) BETWEEN 0 AND 9007199254740991
                    AND TRY_CAST(v1[6]::VARCHAR AS BIGINT)::VARCHAR = v1[6]::VARCHAR,
                    false
                  ) THEN 'seq: expected an integer from 0 to 9007199254740991, got ' || CASE json_type(v1[6])
                    WHEN 'NULL' THEN 'null'
                    WHEN 'VARCHAR' THEN 'a text'
                    WHEN 'BOOLEAN' THEN 'a boolean'
                    WHEN 'DOUBLE' THEN 'a fraction or a number beyond 64 bits'
                    WHEN 'OBJECT' THEN 'an object'
                    WHEN 'ARRAY' THEN 'an array'
                    ELSE 'another integer'
                  END
                  ELSE NULL
                END,
                NULL
              )
            ) [1],
            NULL
          )
        END
      END AS fault
    FROM
      parsed
  ),
  read AS (
    SELECT
      *,
      TRY(
        from_json(
          CASE
            WHEN fault IS NULL THEN json
          END,
          '{"sensor_id":"VARCHAR","room":"VARCHAR","temperature_c":"DOUBLE","humidity":"DOUBLE","ts":"BIGINT","seq":"BIGINT"}'
        )
      ) AS event
    FROM
      judged
  ),
  fitted AS (
    SELECT
      *,
      CASE
        WHEN fault IS NOT NULL THEN fault
        ELSE CASE
          WHEN event IS NULL THEN 'the event: not readable'
          WHEN mark IS NOT NULL
          AND contains(event."room", mark) THEN 'room: expected whole characters, got half a surrogate pair'
          WHEN mark IS NOT NULL
          AND contains(event."sensor_id", mark) THEN 'sensor_id: expected whole characters, got half a surrogate pair'
          WHEN has_log_time
          AND event."ts" > timestamp + 60000 THEN 'ts: later than the log received it by more than 60000 ms'
        END
      END AS reason
    FROM
      read
  )
SELECT
  "partition" AS _partition,
  "offset" AS _offset,
  "timestamp" AS _timestamp,
  CASE
    WHEN has_log_time THEN "timestamp"
    ELSE read_at
  END AS _received,
  reason,
  CASE
    WHEN reason IS NULL THEN event."ts"
    ELSE "timestamp"
  END AS _time,
  event,
  CASE
    WHEN reason IS NOT NULL THEN CASE
      WHEN octet_length(value) <= 2097152 THEN value
      ELSE value[1:65536]
    END
  END AS value
FROM
  fitted;


-- Derived by `stageGoodSql` (schemas/sql/stage-sql.ts).
-- This statement does the same in less time, for accepted events that a cheap test can tell. It runs first; `stageSql` reads the rest.

WITH
  decoded AS (
    SELECT
      "partition",
      "offset",
      greatest(0, least("timestamp", 253402300799999)) AS "timestamp",
      has_log_time,
      read_at,
      value,
      CASE
        WHEN octet_length(value) <= 2097152 THEN TRY(decode(value))
      END AS text
    FROM
      incoming
  ),
  typed AS (
    SELECT
      *,
      TRY(json_type(text, [''])) AS types,
      text AS json,
      NULL::VARCHAR AS mark
    FROM
      decoded
  ),
  parsed AS (
    SELECT
      *,
      TRY(
        from_json(
          json,
          '{"sensor_id":"JSON","room":"JSON","temperature_c":"JSON","humidity":"JSON","ts":"JSON","seq":"JSON"}'
        )
      ) AS leaves
    FROM
      typed
  ),
  judged AS (
    SELECT
      *,
      CASE
        WHEN (
          (
            types[1] = 'OBJECT'
            AND (
              leaves."sensor_id" IS NOT NULL
              AND (starts_with(leaves."sensor_id"::VARCHAR, '"'))
            )
            AND (
              leaves."room" IS NOT NULL
              AND (starts_with(leaves."room"::VARCHAR, '"'))
            )
            AND (
              leaves."temperature_c" IS NOT NULL
              AND (
                leaves."temperature_c"::VARCHAR >= '-'
                AND leaves."temperature_c"::VARCHAR < ':'
                AND isfinite(TRY_CAST(leaves."temperature_c"::VARCHAR AS DOUBLE))
              )
            )
            AND (
              leaves."humidity" IS NULL
              OR (
                leaves."humidity"::VARCHAR >= '-'
                AND leaves."humidity"::VARCHAR < ':'
                AND isfinite(TRY_CAST(leaves."humidity"::VARCHAR AS DOUBLE))
              )
            )
            AND (
              leaves."ts" IS NOT NULL
              AND (
                TRY_CAST(leaves."ts"::VARCHAR AS BIGINT) BETWEEN 0 AND 253402300799999
                AND TRY_CAST(leaves."ts"::VARCHAR AS BIGINT)::VARCHAR = leaves."ts"::VARCHAR
              )
            )
            AND (
              leaves."seq" IS NOT NULL
              AND (
                TRY_CAST(leaves."seq"::VARCHAR AS BIGINT) BETWEEN 0 AND 9007199254740991
                AND TRY_CAST(leaves."seq"::VARCHAR AS BIGINT)::VARCHAR = leaves."seq"::VARCHAR
              )
            )
          )
        ) THEN NULL
        ELSE ''
      END AS fault
    FROM
      parsed
  ),
  read AS (
    SELECT
      *,
      TRY(
        from_json(
          CASE
            WHEN fault IS NULL THEN json
          END,
          '{"sensor_id":"VARCHAR","room":"VARCHAR","temperature_c":"DOUBLE","humidity":"DOUBLE","ts":"BIGINT","seq":"BIGINT"}'
        )
      ) AS event
    FROM
      judged
  ),
  fitted AS (
    SELECT
      *,
      CASE
        WHEN fault IS NOT NULL THEN fault
        ELSE CASE
          WHEN event IS NULL THEN 'the event: not readable'
          WHEN mark IS NOT NULL
          AND contains(event."room", mark) THEN 'room: expected whole characters, got half a surrogate pair'
          WHEN mark IS NOT NULL
          AND contains(event."sensor_id", mark) THEN 'sensor_id: expected whole characters, got half a surrogate pair'
          WHEN has_log_time
          AND event."ts" > timestamp + 60000 THEN 'ts: later than the log received it by more than 60000 ms'
        END
      END AS reason
    FROM
      read
  )
SELECT
  "partition" AS _partition,
  "offset" AS _offset,
  "timestamp" AS _timestamp,
  CASE
    WHEN has_log_time THEN "timestamp"
    ELSE read_at
  END AS _received,
  reason,
  CASE
    WHEN reason IS NULL THEN event."ts"
    ELSE "timestamp"
  END AS _time,
  event,
  CASE
    WHEN reason IS NOT NULL THEN CASE
      WHEN octet_length(value) <= 2097152 THEN value
      ELSE value[1:65536]
    END
  END AS value
FROM
  fitted;
