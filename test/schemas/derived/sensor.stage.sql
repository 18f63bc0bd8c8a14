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
      TRY(json_type(text, ['/sensor_id', '/room', '/temperature_c', '/humidity', '/ts', '/seq'])) AS text_types
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
      ltrim(
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
        END,
        ' ' || chr(9) || chr(10) || chr(13)
      ) AS json
    FROM
      marked
  ),
  parsed AS (
    SELECT
      *,
      CASE
        WHEN mark IS NULL THEN text_types
        ELSE TRY(json_type(json, ['/sensor_id', '/room', '/temperature_c', '/humidity', '/ts', '/seq']))
      END AS types,
      TRY(
        from_json(
          json,
          '{"sensor_id":"VARCHAR","room":"VARCHAR","temperature_c":"DOUBLE","humidity":"DOUBLE","ts":"BIGINT","seq":"BIGINT"}'
        )
      ) AS event
    FROM
      readable
  ),
  leaved AS (
    SELECT
      *,
      NULL AS leaves
    FROM
      parsed
  ),
  judged AS (
    SELECT
      *,
      CASE
        WHEN value IS NULL THEN 'the event: missing, the record has no value'
        WHEN octet_length(value) > 2097152 THEN 'the event: longer than 2097152 bytes, which is not parsed: its first 65536 are kept here, all of it in its raw chunk'
        WHEN text IS NULL THEN 'the event: not valid UTF-8'
        WHEN json IS NULL THEN 'the event: not valid JSON'
        WHEN types[1] = 'VARCHAR'
        AND types[2] = 'VARCHAR'
        AND types[3] IN ('DOUBLE', 'UBIGINT', 'BIGINT')
        AND isfinite(event."temperature_c")
        AND (
          (
            types[4] IN ('DOUBLE', 'UBIGINT', 'BIGINT')
            AND isfinite(event."humidity")
          )
          OR types[4] IS NULL
          OR types[4] = 'NULL'
        )
        AND types[5] IN ('UBIGINT', 'BIGINT')
        AND event."ts" BETWEEN 0 AND 253402300799999
        AND types[6] IN ('UBIGINT', 'BIGINT')
        AND event."seq" BETWEEN 0 AND 9007199254740991 THEN NULL
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
      leaved
  ),
  fitted AS (
    SELECT
      * REPLACE(
        CASE
          WHEN fault IS NULL THEN event
        END AS event
      ),
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
      judged
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
      TRY(json_type(text, ['/sensor_id', '/room', '/temperature_c', '/humidity', '/ts', '/seq'])) AS types
    FROM
      decoded
  ),
  readable AS (
    SELECT
      *,
      CASE
        WHEN types IS NOT NULL THEN text
      END AS json
    FROM
      typed
  ),
  parsed AS (
    SELECT
      *,
      TRY(
        from_json(
          json,
          '{"sensor_id":"VARCHAR","room":"VARCHAR","temperature_c":"DOUBLE","humidity":"DOUBLE","ts":"BIGINT","seq":"BIGINT"}'
        )
      ) AS event,
      NULL AS leaves
    FROM
      readable
  ),
  fitted AS (
    SELECT
      *,
      CASE
        WHEN types[1] = 'VARCHAR'
        AND types[2] = 'VARCHAR'
        AND types[3] IN ('DOUBLE', 'UBIGINT', 'BIGINT')
        AND isfinite(event."temperature_c")
        AND (
          (
            types[4] IN ('DOUBLE', 'UBIGINT', 'BIGINT')
            AND isfinite(event."humidity")
          )
          OR types[4] IS NULL
          OR types[4] = 'NULL'
        )
        AND types[5] IN ('UBIGINT', 'BIGINT')
        AND event."ts" BETWEEN 0 AND 253402300799999
        AND types[6] IN ('UBIGINT', 'BIGINT')
        AND event."seq" BETWEEN 0 AND 9007199254740991
        AND NOT (
          has_log_time
          AND event."ts" > timestamp + 60000
        ) THEN NULL
        ELSE ''
      END AS reason
    FROM
      parsed
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
