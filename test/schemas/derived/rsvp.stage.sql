-- SQL derived from the declaration in schemas/rsvp/, laid out for review. `npm run derive` writes this file.

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
      TRY(
        json_type(
          text,
          [
            '/rsvp_id',
            '/mtime',
            '/response',
            '/guests',
            '/visibility',
            '/member/member_id',
            '/member/member_name',
            '/member/photo',
            '/member/other_services',
            '/event/event_id',
            '/event/event_name',
            '/event/event_url',
            '/event/time',
            '/venue',
            '/venue/venue_id',
            '/venue/venue_name',
            '/venue/lat',
            '/venue/lon',
            '/group/group_id',
            '/group/group_name',
            '/group/group_urlname',
            '/group/group_city',
            '/group/group_state',
            '/group/group_country',
            '/group/group_lat',
            '/group/group_lon',
            '/group/group_topics'
          ]
        )
      ) AS text_types
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
        ELSE TRY(
          json_type(
            json,
            [
              '/rsvp_id',
              '/mtime',
              '/response',
              '/guests',
              '/visibility',
              '/member/member_id',
              '/member/member_name',
              '/member/photo',
              '/member/other_services',
              '/event/event_id',
              '/event/event_name',
              '/event/event_url',
              '/event/time',
              '/venue',
              '/venue/venue_id',
              '/venue/venue_name',
              '/venue/lat',
              '/venue/lon',
              '/group/group_id',
              '/group/group_name',
              '/group/group_urlname',
              '/group/group_city',
              '/group/group_state',
              '/group/group_country',
              '/group/group_lat',
              '/group/group_lon',
              '/group/group_topics'
            ]
          )
        )
      END AS types,
      TRY(
        from_json(
          json,
          '{"rsvp_id":"BIGINT","mtime":"BIGINT","response":"VARCHAR","guests":"BIGINT","visibility":"VARCHAR","member":{"member_id":"BIGINT","member_name":"VARCHAR","photo":"VARCHAR","other_services":"MAP(VARCHAR, STRUCT(\"identifier\" VARCHAR))"},"event":{"event_id":"VARCHAR","event_name":"VARCHAR","event_url":"VARCHAR","time":"BIGINT"},"venue":{"venue_id":"BIGINT","venue_name":"VARCHAR","lat":"DOUBLE","lon":"DOUBLE"},"group":{"group_id":"BIGINT","group_name":"VARCHAR","group_urlname":"VARCHAR","group_city":"VARCHAR","group_state":"VARCHAR","group_country":"VARCHAR","group_lat":"DOUBLE","group_lon":"DOUBLE","group_topics":[{"urlkey":"VARCHAR","topic_name":"VARCHAR"}]}}'
        )
      ) AS event
    FROM
      readable
  ),
  leaved AS (
    SELECT
      *,
      TRY(
        from_json(
          CASE
            WHEN types[9] IS NOT NULL THEN json
          END,
          '{"member":{"other_services":"JSON"}}'
        )
      ) AS leaves
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
        WHEN types[1] IN ('UBIGINT', 'BIGINT')
        AND event."rsvp_id" BETWEEN 1 AND 9007199254740991
        AND types[2] IN ('UBIGINT', 'BIGINT')
        AND event."mtime" BETWEEN 0 AND 253402300799999
        AND types[3] = 'VARCHAR'
        AND event."response" IN ('yes', 'no')
        AND types[4] IN ('UBIGINT', 'BIGINT')
        AND event."guests" BETWEEN 0 AND 1000000
        AND types[5] = 'VARCHAR'
        AND types[6] IN ('UBIGINT', 'BIGINT')
        AND event."member"."member_id" BETWEEN 1 AND 9007199254740991
        AND types[7] = 'VARCHAR'
        AND (
          (types[8] = 'VARCHAR')
          OR types[8] IS NULL
          OR types[8] = 'NULL'
        )
        AND CASE
          WHEN types[9] IS NULL THEN true
          WHEN types[9] = 'NULL' THEN true
          ELSE (
            leaves."member"."other_services" IS NOT NULL
            AND (
              CASE
                WHEN leaves."member"."other_services" IS NULL THEN NULL
                WHEN leaves."member"."other_services"::VARCHAR = 'null' THEN NULL
                WHEN NOT coalesce(starts_with(leaves."member"."other_services"::VARCHAR, '{'), false) THEN ': expected an object, got ' || CASE json_type(leaves."member"."other_services")
                  WHEN 'NULL' THEN 'null'
                  WHEN 'VARCHAR' THEN 'a text'
                  WHEN 'BOOLEAN' THEN 'a boolean'
                  WHEN 'DOUBLE' THEN 'a fraction or a number beyond 64 bits'
                  WHEN 'OBJECT' THEN 'an object'
                  WHEN 'ARRAY' THEN 'an array'
                  ELSE 'an integer'
                END
                ELSE list_filter(
                  list_transform(
                    list_zip(json_keys(leaves."member"."other_services"), json_extract(leaves."member"."other_services", '$.*')),
                    lambda v1: coalesce(
                      CASE
                        WHEN to_json(v1[1]) IS NULL THEN ', its keys: missing'
                        WHEN NOT coalesce(starts_with(to_json(v1[1])::VARCHAR, '"'), false) THEN ', its keys: expected a text, got ' || CASE json_type(to_json(v1[1]))
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
                        WHEN v1[2] IS NULL THEN '.*: missing'
                        WHEN NOT coalesce(starts_with(v1[2]::VARCHAR, '{'), false) THEN '.*: expected an object, got ' || CASE json_type(v1[2])
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
                            [json_extract(v1[2], ['/identifier'])],
                            lambda v2: coalesce(
                              CASE
                                WHEN v2[1] IS NULL THEN NULL
                                WHEN v2[1]::VARCHAR = 'null' THEN NULL
                                WHEN NOT coalesce(starts_with(v2[1]::VARCHAR, '"'), false) THEN '.*.identifier: expected a text, got ' || CASE json_type(v2[1])
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
                              NULL
                            )
                          ) [1],
                          NULL
                        )
                      END
                    )
                  ),
                  lambda fault: fault IS NOT NULL
                ) [1]
              END
            ) IS NULL
          )
        END
        AND types[10] = 'VARCHAR'
        AND types[11] = 'VARCHAR'
        AND types[12] = 'VARCHAR'
        AND (
          (
            types[13] IN ('UBIGINT', 'BIGINT')
            AND event."event"."time" BETWEEN 0 AND 253402300799999
          )
          OR types[13] IS NULL
          OR types[13] = 'NULL'
        )
        AND (
          (
            types[14] = 'OBJECT'
            AND types[15] IN ('UBIGINT', 'BIGINT')
            AND event."venue"."venue_id" BETWEEN 1 AND 9007199254740991
            AND types[16] = 'VARCHAR'
            AND types[17] IN ('DOUBLE', 'UBIGINT', 'BIGINT')
            AND isfinite(event."venue"."lat")
            AND types[18] IN ('DOUBLE', 'UBIGINT', 'BIGINT')
            AND isfinite(event."venue"."lon")
          )
          OR types[14] IS NULL
          OR types[14] = 'NULL'
        )
        AND types[19] IN ('UBIGINT', 'BIGINT')
        AND event."group"."group_id" BETWEEN 1 AND 9007199254740991
        AND types[20] = 'VARCHAR'
        AND types[21] = 'VARCHAR'
        AND types[22] = 'VARCHAR'
        AND (
          (types[23] = 'VARCHAR')
          OR types[23] IS NULL
          OR types[23] = 'NULL'
        )
        AND types[24] = 'VARCHAR'
        AND types[25] IN ('DOUBLE', 'UBIGINT', 'BIGINT')
        AND isfinite(event."group"."group_lat")
        AND types[26] IN ('DOUBLE', 'UBIGINT', 'BIGINT')
        AND isfinite(event."group"."group_lon")
        AND (
          (
            types[27] = 'ARRAY'
            AND len(
              list_filter(
                event."group"."group_topics",
                lambda x: NOT coalesce(
                  CASE
                    WHEN unicode(x."urlkey") NOT IN (45, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 91, 123, 116, 102, 73, 105, 78, 110) THEN true
                    ELSE NOT regexp_full_match(x."urlkey", '[-+.0-9eE]+|[\[{](?s:.*)|(?i:-?(?:nan|inf(?:inity)?))|true|false')
                  END
                  AND CASE
                    WHEN unicode(x."topic_name") NOT IN (45, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 91, 123, 116, 102, 73, 105, 78, 110) THEN true
                    ELSE NOT regexp_full_match(x."topic_name", '[-+.0-9eE]+|[\[{](?s:.*)|(?i:-?(?:nan|inf(?:inity)?))|true|false')
                  END,
                  false
                )
              )
            ) = 0
          )
          OR types[27] IS NULL
          OR types[27] = 'NULL'
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
              [
                json_extract(
                  json::JSON,
                  [
                    '/rsvp_id',
                    '/mtime',
                    '/response',
                    '/guests',
                    '/visibility',
                    '/member',
                    '/event',
                    '/venue',
                    '/group'
                  ]
                )
              ],
              lambda v1: coalesce(
                CASE
                  WHEN v1[1] IS NULL THEN 'rsvp_id: missing'
                  WHEN NOT coalesce(
                    TRY_CAST(v1[1]::VARCHAR AS BIGINT) BETWEEN 1 AND 9007199254740991
                    AND TRY_CAST(v1[1]::VARCHAR AS BIGINT)::VARCHAR = v1[1]::VARCHAR,
                    false
                  ) THEN 'rsvp_id: expected an integer from 1 to 9007199254740991, got ' || CASE json_type(v1[1])
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
                  WHEN v1[2] IS NULL THEN 'mtime: missing'
                  WHEN NOT coalesce(
                    TRY_CAST(v1[2]::VARCHAR AS BIGINT) BETWEEN 0 AND 253402300799999
                    AND TRY_CAST(v1[2]::VARCHAR AS BIGINT)::VARCHAR = v1[2]::VARCHAR,
                    false
                  ) THEN 'mtime: expected an integer from 0 to 253402300799999, got ' || CASE json_type(v1[2])
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
                  WHEN v1[3] IS NULL THEN 'response: missing'
                  WHEN NOT coalesce(
                    (
                      starts_with(v1[3]::VARCHAR, '"')
                      AND json_extract_string(v1[3], '$') = 'yes'
                    )
                    OR (
                      starts_with(v1[3]::VARCHAR, '"')
                      AND json_extract_string(v1[3], '$') = 'no'
                    ),
                    false
                  ) THEN 'response: expected one of yes, no, got ' || CASE json_type(v1[3])
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
                  WHEN v1[4] IS NULL THEN 'guests: missing'
                  WHEN NOT coalesce(
                    TRY_CAST(v1[4]::VARCHAR AS BIGINT) BETWEEN 0 AND 1000000
                    AND TRY_CAST(v1[4]::VARCHAR AS BIGINT)::VARCHAR = v1[4]::VARCHAR,
                    false
                  ) THEN 'guests: expected an integer from 0 to 1000000, got ' || CASE json_type(v1[4])
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
                  WHEN v1[5] IS NULL THEN 'visibility: missing'
                  WHEN NOT coalesce(starts_with(v1[5]::VARCHAR, '"'), false) THEN 'visibility: expected a text, got ' || CASE json_type(v1[5])
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
                  WHEN v1[6] IS NULL THEN 'member: missing'
                  WHEN NOT coalesce(starts_with(v1[6]::VARCHAR, '{'), false) THEN 'member: expected an object, got ' || CASE json_type(v1[6])
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
                      [json_extract(v1[6], ['/member_id', '/member_name', '/photo', '/other_services'])],
                      lambda v2: coalesce(
                        CASE
                          WHEN v2[1] IS NULL THEN 'member.member_id: missing'
                          WHEN NOT coalesce(
                            TRY_CAST(v2[1]::VARCHAR AS BIGINT) BETWEEN 1 AND 9007199254740991
                            AND TRY_CAST(v2[1]::VARCHAR AS BIGINT)::VARCHAR = v2[1]::VARCHAR,
                            false
                          ) THEN 'member.member_id: expected an integer from 1 to 9007199254740991, got ' || CASE json_type(v2[1])
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
                          WHEN v2[2] IS NULL THEN 'member.member_name: missing'
                          WHEN NOT coalesce(starts_with(v2[2]::VARCHAR, '"'), false) THEN 'member.member_name: expected a text, got ' || CASE json_type(v2[2])
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
                          WHEN v2[3] IS NULL THEN NULL
                          WHEN v2[3]::VARCHAR = 'null' THEN NULL
                          WHEN NOT coalesce(starts_with(v2[3]::VARCHAR, '"'), false) THEN 'member.photo: expected a text, got ' || CASE json_type(v2[3])
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
                          WHEN v2[4] IS NULL THEN NULL
                          WHEN v2[4]::VARCHAR = 'null' THEN NULL
                          WHEN NOT coalesce(starts_with(v2[4]::VARCHAR, '{'), false) THEN 'member.other_services: expected an object, got ' || CASE json_type(v2[4])
                            WHEN 'NULL' THEN 'null'
                            WHEN 'VARCHAR' THEN 'a text'
                            WHEN 'BOOLEAN' THEN 'a boolean'
                            WHEN 'DOUBLE' THEN 'a fraction or a number beyond 64 bits'
                            WHEN 'OBJECT' THEN 'an object'
                            WHEN 'ARRAY' THEN 'an array'
                            ELSE 'an integer'
                          END
                          ELSE list_filter(
                            list_transform(
                              list_zip(json_keys(v2[4]), json_extract(v2[4], '$.*')),
                              lambda v3: coalesce(
                                CASE
                                  WHEN to_json(v3[1]) IS NULL THEN 'member.other_services, its keys: missing'
                                  WHEN NOT coalesce(starts_with(to_json(v3[1])::VARCHAR, '"'), false) THEN 'member.other_services, its keys: expected a text, got ' || CASE json_type(to_json(v3[1]))
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
                                  WHEN v3[2] IS NULL THEN 'member.other_services.*: missing'
                                  WHEN NOT coalesce(starts_with(v3[2]::VARCHAR, '{'), false) THEN 'member.other_services.*: expected an object, got ' || CASE json_type(v3[2])
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
                                      [json_extract(v3[2], ['/identifier'])],
                                      lambda v4: coalesce(
                                        CASE
                                          WHEN v4[1] IS NULL THEN NULL
                                          WHEN v4[1]::VARCHAR = 'null' THEN NULL
                                          WHEN NOT coalesce(starts_with(v4[1]::VARCHAR, '"'), false) THEN 'member.other_services.*.identifier: expected a text, got ' || CASE json_type(v4[1])
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
                                        NULL
                                      )
                                    ) [1],
                                    NULL
                                  )
                                END
                              )
                            ),
                            lambda fault: fault IS NOT NULL
                          ) [1]
                        END,
                        NULL
                      )
                    ) [1],
                    NULL
                  )
                END,
                CASE
                  WHEN v1[7] IS NULL THEN 'event: missing'
                  WHEN NOT coalesce(starts_with(v1[7]::VARCHAR, '{'), false) THEN 'event: expected an object, got ' || CASE json_type(v1[7])
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
                      [json_extract(v1[7], ['/event_id', '/event_name', '/event_url', '/time'])],
                      lambda v5: coalesce(
                        CASE
                          WHEN v5[1] IS NULL THEN 'event.event_id: missing'
                          WHEN NOT coalesce(starts_with(v5[1]::VARCHAR, '"'), false) THEN 'event.event_id: expected a text, got ' || CASE json_type(v5[1])
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
                          WHEN v5[2] IS NULL THEN 'event.event_name: missing'
                          WHEN NOT coalesce(starts_with(v5[2]::VARCHAR, '"'), false) THEN 'event.event_name: expected a text, got ' || CASE json_type(v5[2])
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
                          WHEN v5[3] IS NULL THEN 'event.event_url: missing'
                          WHEN NOT coalesce(starts_with(v5[3]::VARCHAR, '"'), false) THEN 'event.event_url: expected a text, got ' || CASE json_type(v5[3])
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
                          WHEN v5[4] IS NULL THEN NULL
                          WHEN v5[4]::VARCHAR = 'null' THEN NULL
                          WHEN NOT coalesce(
                            TRY_CAST(v5[4]::VARCHAR AS BIGINT) BETWEEN 0 AND 253402300799999
                            AND TRY_CAST(v5[4]::VARCHAR AS BIGINT)::VARCHAR = v5[4]::VARCHAR,
                            false
                          ) THEN 'event.time: expected an integer from 0 to 253402300799999, got ' || CASE json_type(v5[4])
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
                END,
                CASE
                  WHEN v1[8] IS NULL THEN NULL
                  WHEN v1[8]::VARCHAR = 'null' THEN NULL
                  WHEN NOT coalesce(starts_with(v1[8]::VARCHAR, '{'), false) THEN 'venue: expected an object, got ' || CASE json_type(v1[8])
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
                      [json_extract(v1[8], ['/venue_id', '/venue_name', '/lat', '/lon'])],
                      lambda v6: coalesce(
                        CASE
                          WHEN v6[1] IS NULL THEN 'venue.venue_id: missing'
                          WHEN NOT coalesce(
                            TRY_CAST(v6[1]::VARCHAR AS BIGINT) BETWEEN 1 AND 9007199254740991
                            AND TRY_CAST(v6[1]::VARCHAR AS BIGINT)::VARCHAR = v6[1]::VARCHAR,
                            false
                          ) THEN 'venue.venue_id: expected an integer from 1 to 9007199254740991, got ' || CASE json_type(v6[1])
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
                          WHEN v6[2] IS NULL THEN 'venue.venue_name: missing'
                          WHEN NOT coalesce(starts_with(v6[2]::VARCHAR, '"'), false) THEN 'venue.venue_name: expected a text, got ' || CASE json_type(v6[2])
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
                          WHEN v6[3] IS NULL THEN 'venue.lat: missing'
                          WHEN NOT coalesce(
                            v6[3]::VARCHAR >= '-'
                            AND v6[3]::VARCHAR < ':'
                            AND isfinite(TRY_CAST(v6[3]::VARCHAR AS DOUBLE)),
                            false
                          ) THEN 'venue.lat: expected a finite number, got ' || CASE json_type(v6[3])
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
                          WHEN v6[4] IS NULL THEN 'venue.lon: missing'
                          WHEN NOT coalesce(
                            v6[4]::VARCHAR >= '-'
                            AND v6[4]::VARCHAR < ':'
                            AND isfinite(TRY_CAST(v6[4]::VARCHAR AS DOUBLE)),
                            false
                          ) THEN 'venue.lon: expected a finite number, got ' || CASE json_type(v6[4])
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
                        NULL
                      )
                    ) [1],
                    NULL
                  )
                END,
                CASE
                  WHEN v1[9] IS NULL THEN 'group: missing'
                  WHEN NOT coalesce(starts_with(v1[9]::VARCHAR, '{'), false) THEN 'group: expected an object, got ' || CASE json_type(v1[9])
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
                      [
                        json_extract(
                          v1[9],
                          [
                            '/group_id',
                            '/group_name',
                            '/group_urlname',
                            '/group_city',
                            '/group_state',
                            '/group_country',
                            '/group_lat',
                            '/group_lon',
                            '/group_topics'
                          ]
                        )
                      ],
                      lambda v7: coalesce(
                        CASE
                          WHEN v7[1] IS NULL THEN 'group.group_id: missing'
                          WHEN NOT coalesce(
                            TRY_CAST(v7[1]::VARCHAR AS BIGINT) BETWEEN 1 AND 9007199254740991
                            AND TRY_CAST(v7[1]::VARCHAR AS BIGINT)::VARCHAR = v7[1]::VARCHAR,
                            false
                          ) THEN 'group.group_id: expected an integer from 1 to 9007199254740991, got ' || CASE json_type(v7[1])
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
                          WHEN v7[2] IS NULL THEN 'group.group_name: missing'
                          WHEN NOT coalesce(starts_with(v7[2]::VARCHAR, '"'), false) THEN 'group.group_name: expected a text, got ' || CASE json_type(v7[2])
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
                          WHEN v7[3] IS NULL THEN 'group.group_urlname: missing'
                          WHEN NOT coalesce(starts_with(v7[3]::VARCHAR, '"'), false) THEN 'group.group_urlname: expected a text, got ' || CASE json_type(v7[3])
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
                          WHEN v7[4] IS NULL THEN 'group.group_city: missing'
                          WHEN NOT coalesce(starts_with(v7[4]::VARCHAR, '"'), false) THEN 'group.group_city: expected a text, got ' || CASE json_type(v7[4])
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
                          WHEN v7[5] IS NULL THEN NULL
                          WHEN v7[5]::VARCHAR = 'null' THEN NULL
                          WHEN NOT coalesce(starts_with(v7[5]::VARCHAR, '"'), false) THEN 'group.group_state: expected a text, got ' || CASE json_type(v7[5])
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
                          WHEN v7[6] IS NULL THEN 'group.group_country: missing'
                          WHEN NOT coalesce(starts_with(v7[6]::VARCHAR, '"'), false) THEN 'group.group_country: expected a text, got ' || CASE json_type(v7[6])
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
                          WHEN v7[7] IS NULL THEN 'group.group_lat: missing'
                          WHEN NOT coalesce(
                            v7[7]::VARCHAR >= '-'
                            AND v7[7]::VARCHAR < ':'
                            AND isfinite(TRY_CAST(v7[7]::VARCHAR AS DOUBLE)),
                            false
                          ) THEN 'group.group_lat: expected a finite number, got ' || CASE json_type(v7[7])
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
                          WHEN v7[8] IS NULL THEN 'group.group_lon: missing'
                          WHEN NOT coalesce(
                            v7[8]::VARCHAR >= '-'
                            AND v7[8]::VARCHAR < ':'
                            AND isfinite(TRY_CAST(v7[8]::VARCHAR AS DOUBLE)),
                            false
                          ) THEN 'group.group_lon: expected a finite number, got ' || CASE json_type(v7[8])
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
                          WHEN v7[9] IS NULL THEN NULL
                          WHEN v7[9]::VARCHAR = 'null' THEN NULL
                          WHEN NOT coalesce(starts_with(v7[9]::VARCHAR, '['), false) THEN 'group.group_topics: expected an array, got ' || CASE json_type(v7[9])
                            WHEN 'NULL' THEN 'null'
                            WHEN 'VARCHAR' THEN 'a text'
                            WHEN 'BOOLEAN' THEN 'a boolean'
                            WHEN 'DOUBLE' THEN 'a fraction or a number beyond 64 bits'
                            WHEN 'OBJECT' THEN 'an object'
                            WHEN 'ARRAY' THEN 'an array'
                            ELSE 'an integer'
                          END
                          ELSE list_filter(
                            list_transform(
                              json_extract(v7[9], '$[*]'),
                              lambda v8: CASE
                                WHEN v8 IS NULL THEN 'group.group_topics[]: missing'
                                WHEN NOT coalesce(starts_with(v8::VARCHAR, '{'), false) THEN 'group.group_topics[]: expected an object, got ' || CASE json_type(v8)
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
                                    [json_extract(v8, ['/urlkey', '/topic_name'])],
                                    lambda v9: coalesce(
                                      CASE
                                        WHEN v9[1] IS NULL THEN 'group.group_topics[].urlkey: missing'
                                        WHEN NOT coalesce(starts_with(v9[1]::VARCHAR, '"'), false) THEN 'group.group_topics[].urlkey: expected a text, got ' || CASE json_type(v9[1])
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
                                        WHEN v9[2] IS NULL THEN 'group.group_topics[].topic_name: missing'
                                        WHEN NOT coalesce(starts_with(v9[2]::VARCHAR, '"'), false) THEN 'group.group_topics[].topic_name: expected a text, got ' || CASE json_type(v9[2])
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
                                      NULL
                                    )
                                  ) [1],
                                  NULL
                                )
                              END
                            ),
                            lambda fault: fault IS NOT NULL
                          ) [1]
                        END,
                        NULL
                      )
                    ) [1],
                    NULL
                  )
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
          AND contains(event."member"."member_name", mark) THEN 'member.member_name: expected whole characters, got half a surrogate pair'
          WHEN mark IS NOT NULL
          AND contains(event."member"."photo", mark) THEN 'member.photo: expected whole characters, got half a surrogate pair'
          WHEN mark IS NOT NULL
          AND len(list_filter(map_keys(event."member"."other_services"), lambda x: contains(x, mark))) > 0 THEN 'member.other_services, its keys: expected whole characters, got half a surrogate pair'
          WHEN mark IS NOT NULL
          AND len(
            list_filter(map_entries(event."member"."other_services"), lambda x: contains(x.value."identifier", mark))
          ) > 0 THEN 'member.other_services.*.identifier: expected whole characters, got half a surrogate pair'
          WHEN mark IS NOT NULL
          AND len(list_filter(event."group"."group_topics", lambda x: contains(x."urlkey", mark))) > 0 THEN 'group.group_topics[].urlkey: expected whole characters, got half a surrogate pair'
          WHEN mark IS NOT NULL
          AND len(list_filter(event."group"."group_topics", lambda x: contains(x."topic_name", mark))) > 0 THEN 'group.group_topics[].topic_name: expected whole characters, got half a surrogate pair'
          WHEN mark IS NOT NULL
          AND contains(event."group"."group_name", mark) THEN 'group.group_name: expected whole characters, got half a surrogate pair'
          WHEN mark IS NOT NULL
          AND contains(event."group"."group_urlname", mark) THEN 'group.group_urlname: expected whole characters, got half a surrogate pair'
          WHEN mark IS NOT NULL
          AND contains(event."group"."group_city", mark) THEN 'group.group_city: expected whole characters, got half a surrogate pair'
          WHEN mark IS NOT NULL
          AND contains(event."group"."group_state", mark) THEN 'group.group_state: expected whole characters, got half a surrogate pair'
          WHEN mark IS NOT NULL
          AND contains(event."group"."group_country", mark) THEN 'group.group_country: expected whole characters, got half a surrogate pair'
          WHEN mark IS NOT NULL
          AND contains(event."venue"."venue_name", mark) THEN 'venue.venue_name: expected whole characters, got half a surrogate pair'
          WHEN mark IS NOT NULL
          AND contains(event."event"."event_id", mark) THEN 'event.event_id: expected whole characters, got half a surrogate pair'
          WHEN mark IS NOT NULL
          AND contains(event."event"."event_name", mark) THEN 'event.event_name: expected whole characters, got half a surrogate pair'
          WHEN mark IS NOT NULL
          AND contains(event."event"."event_url", mark) THEN 'event.event_url: expected whole characters, got half a surrogate pair'
          WHEN mark IS NOT NULL
          AND contains(event."response", mark) THEN 'response: expected whole characters, got half a surrogate pair'
          WHEN mark IS NOT NULL
          AND contains(event."visibility", mark) THEN 'visibility: expected whole characters, got half a surrogate pair'
          WHEN has_log_time
          AND event."mtime" > timestamp + 86400000 THEN 'mtime: later than the log received it by more than 86400000 ms'
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
    WHEN reason IS NULL THEN event."mtime"
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
      TRY(
        json_type(
          text,
          [
            '/rsvp_id',
            '/mtime',
            '/response',
            '/guests',
            '/visibility',
            '/member/member_id',
            '/member/member_name',
            '/member/photo',
            '/member/other_services',
            '/event/event_id',
            '/event/event_name',
            '/event/event_url',
            '/event/time',
            '/venue',
            '/venue/venue_id',
            '/venue/venue_name',
            '/venue/lat',
            '/venue/lon',
            '/group/group_id',
            '/group/group_name',
            '/group/group_urlname',
            '/group/group_city',
            '/group/group_state',
            '/group/group_country',
            '/group/group_lat',
            '/group/group_lon',
            '/group/group_topics'
          ]
        )
      ) AS types
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
          '{"rsvp_id":"BIGINT","mtime":"BIGINT","response":"VARCHAR","guests":"BIGINT","visibility":"VARCHAR","member":{"member_id":"BIGINT","member_name":"VARCHAR","photo":"VARCHAR","other_services":"MAP(VARCHAR, STRUCT(\"identifier\" VARCHAR))"},"event":{"event_id":"VARCHAR","event_name":"VARCHAR","event_url":"VARCHAR","time":"BIGINT"},"venue":{"venue_id":"BIGINT","venue_name":"VARCHAR","lat":"DOUBLE","lon":"DOUBLE"},"group":{"group_id":"BIGINT","group_name":"VARCHAR","group_urlname":"VARCHAR","group_city":"VARCHAR","group_state":"VARCHAR","group_country":"VARCHAR","group_lat":"DOUBLE","group_lon":"DOUBLE","group_topics":[{"urlkey":"VARCHAR","topic_name":"VARCHAR"}]}}'
        )
      ) AS event,
      TRY(
        from_json(
          CASE
            WHEN types[9] IS NOT NULL THEN json
          END,
          '{"member":{"other_services":"JSON"}}'
        )
      ) AS leaves
    FROM
      readable
  ),
  fitted AS (
    SELECT
      *,
      CASE
        WHEN types[1] IN ('UBIGINT', 'BIGINT')
        AND event."rsvp_id" BETWEEN 1 AND 9007199254740991
        AND types[2] IN ('UBIGINT', 'BIGINT')
        AND event."mtime" BETWEEN 0 AND 253402300799999
        AND types[3] = 'VARCHAR'
        AND event."response" IN ('yes', 'no')
        AND types[4] IN ('UBIGINT', 'BIGINT')
        AND event."guests" BETWEEN 0 AND 1000000
        AND types[5] = 'VARCHAR'
        AND types[6] IN ('UBIGINT', 'BIGINT')
        AND event."member"."member_id" BETWEEN 1 AND 9007199254740991
        AND types[7] = 'VARCHAR'
        AND (
          (types[8] = 'VARCHAR')
          OR types[8] IS NULL
          OR types[8] = 'NULL'
        )
        AND CASE
          WHEN types[9] IS NULL THEN true
          WHEN types[9] = 'NULL' THEN true
          ELSE (
            leaves."member"."other_services" IS NOT NULL
            AND (
              CASE
                WHEN leaves."member"."other_services" IS NULL THEN NULL
                WHEN leaves."member"."other_services"::VARCHAR = 'null' THEN NULL
                WHEN NOT coalesce(starts_with(leaves."member"."other_services"::VARCHAR, '{'), false) THEN ': expected an object, got ' || CASE json_type(leaves."member"."other_services")
                  WHEN 'NULL' THEN 'null'
                  WHEN 'VARCHAR' THEN 'a text'
                  WHEN 'BOOLEAN' THEN 'a boolean'
                  WHEN 'DOUBLE' THEN 'a fraction or a number beyond 64 bits'
                  WHEN 'OBJECT' THEN 'an object'
                  WHEN 'ARRAY' THEN 'an array'
                  ELSE 'an integer'
                END
                ELSE list_filter(
                  list_transform(
                    list_zip(json_keys(leaves."member"."other_services"), json_extract(leaves."member"."other_services", '$.*')),
                    lambda v1: coalesce(
                      CASE
                        WHEN to_json(v1[1]) IS NULL THEN ', its keys: missing'
                        WHEN NOT coalesce(starts_with(to_json(v1[1])::VARCHAR, '"'), false) THEN ', its keys: expected a text, got ' || CASE json_type(to_json(v1[1]))
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
                        WHEN v1[2] IS NULL THEN '.*: missing'
                        WHEN NOT coalesce(starts_with(v1[2]::VARCHAR, '{'), false) THEN '.*: expected an object, got ' || CASE json_type(v1[2])
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
                            [json_extract(v1[2], ['/identifier'])],
                            lambda v2: coalesce(
                              CASE
                                WHEN v2[1] IS NULL THEN NULL
                                WHEN v2[1]::VARCHAR = 'null' THEN NULL
                                WHEN NOT coalesce(starts_with(v2[1]::VARCHAR, '"'), false) THEN '.*.identifier: expected a text, got ' || CASE json_type(v2[1])
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
                              NULL
                            )
                          ) [1],
                          NULL
                        )
                      END
                    )
                  ),
                  lambda fault: fault IS NOT NULL
                ) [1]
              END
            ) IS NULL
          )
        END
        AND types[10] = 'VARCHAR'
        AND types[11] = 'VARCHAR'
        AND types[12] = 'VARCHAR'
        AND (
          (
            types[13] IN ('UBIGINT', 'BIGINT')
            AND event."event"."time" BETWEEN 0 AND 253402300799999
          )
          OR types[13] IS NULL
          OR types[13] = 'NULL'
        )
        AND (
          (
            types[14] = 'OBJECT'
            AND types[15] IN ('UBIGINT', 'BIGINT')
            AND event."venue"."venue_id" BETWEEN 1 AND 9007199254740991
            AND types[16] = 'VARCHAR'
            AND types[17] IN ('DOUBLE', 'UBIGINT', 'BIGINT')
            AND isfinite(event."venue"."lat")
            AND types[18] IN ('DOUBLE', 'UBIGINT', 'BIGINT')
            AND isfinite(event."venue"."lon")
          )
          OR types[14] IS NULL
          OR types[14] = 'NULL'
        )
        AND types[19] IN ('UBIGINT', 'BIGINT')
        AND event."group"."group_id" BETWEEN 1 AND 9007199254740991
        AND types[20] = 'VARCHAR'
        AND types[21] = 'VARCHAR'
        AND types[22] = 'VARCHAR'
        AND (
          (types[23] = 'VARCHAR')
          OR types[23] IS NULL
          OR types[23] = 'NULL'
        )
        AND types[24] = 'VARCHAR'
        AND types[25] IN ('DOUBLE', 'UBIGINT', 'BIGINT')
        AND isfinite(event."group"."group_lat")
        AND types[26] IN ('DOUBLE', 'UBIGINT', 'BIGINT')
        AND isfinite(event."group"."group_lon")
        AND (
          (
            types[27] = 'ARRAY'
            AND len(
              list_filter(
                event."group"."group_topics",
                lambda x: NOT coalesce(
                  CASE
                    WHEN unicode(x."urlkey") NOT IN (45, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 91, 123, 116, 102, 73, 105, 78, 110) THEN true
                    ELSE NOT regexp_full_match(x."urlkey", '[-+.0-9eE]+|[\[{](?s:.*)|(?i:-?(?:nan|inf(?:inity)?))|true|false')
                  END
                  AND CASE
                    WHEN unicode(x."topic_name") NOT IN (45, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 91, 123, 116, 102, 73, 105, 78, 110) THEN true
                    ELSE NOT regexp_full_match(x."topic_name", '[-+.0-9eE]+|[\[{](?s:.*)|(?i:-?(?:nan|inf(?:inity)?))|true|false')
                  END,
                  false
                )
              )
            ) = 0
          )
          OR types[27] IS NULL
          OR types[27] = 'NULL'
        )
        AND NOT (
          has_log_time
          AND event."mtime" > timestamp + 86400000
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
    WHEN reason IS NULL THEN event."mtime"
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
