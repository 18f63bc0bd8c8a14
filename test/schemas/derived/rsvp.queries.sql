-- SQL derived from the declaration in schemas/rsvp/, laid out for review. `npm run derive` writes this file.

-- Derived by `layersInterface` (schemas/declare/layers-sql.ts).
-- This query says how the layers make each count.

SELECT
  count,
  title,
  batch,
  overridden,
  speed,
  batch - overridden + speed AS merged,
  naive
FROM
  (
    SELECT
      'yes' AS count,
      'People who said yes' AS title,
      0 AS position,
      (
        SELECT
          count(*)
        FROM
          rsvp_batch."rsvp"
        WHERE
          response = 'yes'
      ) AS batch,
      (
        SELECT
          count(*)
        FROM
          (
            FROM
              rsvp_batch."rsvp"
            WHERE
              response = 'yes'
          ) b
        WHERE
          EXISTS (
            FROM
              rsvp_speed."rsvp" s
            WHERE
              s."rsvp_id" = b."rsvp_id"
          )
      ) AS overridden,
      (
        SELECT
          count(*)
        FROM
          rsvp_speed."rsvp"
        WHERE
          response = 'yes'
      ) AS speed,
      (
        SELECT
          count(*)
        FROM
          rsvp."arrival"
        WHERE
          response = 'yes'
      ) AS naive
    UNION ALL
    SELECT
      'answers' AS count,
      'RSVPs' AS title,
      1 AS position,
      (
        SELECT
          count(*)
        FROM
          rsvp_batch."rsvp"
        WHERE
          true
      ) AS batch,
      (
        SELECT
          count(*)
        FROM
          (
            FROM
              rsvp_batch."rsvp"
            WHERE
              true
          ) b
        WHERE
          EXISTS (
            FROM
              rsvp_speed."rsvp" s
            WHERE
              s."rsvp_id" = b."rsvp_id"
          )
      ) AS overridden,
      (
        SELECT
          count(*)
        FROM
          rsvp_speed."rsvp"
        WHERE
          true
      ) AS speed,
      (
        SELECT
          count(*)
        FROM
          rsvp."arrival"
        WHERE
          true
      ) AS naive
  )
ORDER BY
  position;


-- Derived by `brokenReferencesInterface` (schemas/declare/broken-references.ts).
-- This query counts, per reference, the rows whose value is no key of the table that they refer to, and those that have a value.

SELECT
  'group_topic.urlkey' AS "column",
  'topic.urlkey' AS refers_to,
  (
    SELECT
      count(*)
    FROM
      (
        SELECT
          "urlkey" AS value
        FROM
          "group_topic"
        WHERE
          "urlkey" IS NOT NULL
      )
      ANTI JOIN (
        SELECT
          "urlkey" AS value
        FROM
          "topic"
      )
    USING
      (value)
  ) AS orphans,
  (
    SELECT
      count("urlkey")
    FROM
      "group_topic"
  ) AS rows_with_value
UNION ALL
SELECT
  'event.group_id' AS "column",
  'groups.group_id' AS refers_to,
  (
    SELECT
      count(*)
    FROM
      (
        SELECT
          "group_id" AS value
        FROM
          "event"
        WHERE
          "group_id" IS NOT NULL
      )
      ANTI JOIN (
        SELECT
          "group_id" AS value
        FROM
          "groups"
      )
    USING
      (value)
  ) AS orphans,
  (
    SELECT
      count("group_id")
    FROM
      "event"
  ) AS rows_with_value
UNION ALL
SELECT
  'event.venue_id' AS "column",
  'venue.venue_id' AS refers_to,
  (
    SELECT
      count(*)
    FROM
      (
        SELECT
          "venue_id" AS value
        FROM
          "event"
        WHERE
          "venue_id" IS NOT NULL
      )
      ANTI JOIN (
        SELECT
          "venue_id" AS value
        FROM
          "venue"
      )
    USING
      (value)
  ) AS orphans,
  (
    SELECT
      count("venue_id")
    FROM
      "event"
  ) AS rows_with_value
UNION ALL
SELECT
  'rsvp.event_id' AS "column",
  'event.event_id' AS refers_to,
  (
    SELECT
      count(*)
    FROM
      (
        SELECT
          "event_id" AS value
        FROM
          "rsvp"
        WHERE
          "event_id" IS NOT NULL
      )
      ANTI JOIN (
        SELECT
          "event_id" AS value
        FROM
          "event"
      )
    USING
      (value)
  ) AS orphans,
  (
    SELECT
      count("event_id")
    FROM
      "rsvp"
  ) AS rows_with_value
UNION ALL
SELECT
  'rsvp.member_id' AS "column",
  'member.member_id' AS refers_to,
  (
    SELECT
      count(*)
    FROM
      (
        SELECT
          "member_id" AS value
        FROM
          "rsvp"
        WHERE
          "member_id" IS NOT NULL
      )
      ANTI JOIN (
        SELECT
          "member_id" AS value
        FROM
          "member"
      )
    USING
      (value)
  ) AS orphans,
  (
    SELECT
      count("member_id")
    FROM
      "rsvp"
  ) AS rows_with_value
UNION ALL
SELECT
  'rsvp_change.rsvp_id' AS "column",
  'rsvp.rsvp_id' AS refers_to,
  (
    SELECT
      count(*)
    FROM
      (
        SELECT
          "rsvp_id" AS value
        FROM
          "rsvp_change"
        WHERE
          "rsvp_id" IS NOT NULL
      )
      ANTI JOIN (
        SELECT
          "rsvp_id" AS value
        FROM
          "rsvp"
      )
    USING
      (value)
  ) AS orphans,
  (
    SELECT
      count("rsvp_id")
    FROM
      "rsvp_change"
  ) AS rows_with_value
UNION ALL
SELECT
  'arrival.rsvp_id' AS "column",
  'rsvp.rsvp_id' AS refers_to,
  (
    SELECT
      count(*)
    FROM
      (
        SELECT
          "rsvp_id" AS value
        FROM
          "arrival"
        WHERE
          "rsvp_id" IS NOT NULL
      )
      ANTI JOIN (
        SELECT
          "rsvp_id" AS value
        FROM
          "rsvp"
      )
    USING
      (value)
  ) AS orphans,
  (
    SELECT
      count("rsvp_id")
    FROM
      "arrival"
  ) AS rows_with_value
ORDER BY
  "column";
