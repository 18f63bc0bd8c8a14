-- SQL derived from the declaration in schemas/sensor/, laid out for review. `npm run derive` writes this file.

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
      'readings' AS count,
      'Readings' AS title,
      0 AS position,
      (
        SELECT
          count(*)
        FROM
          sensor_batch."reading"
        WHERE
          true
      ) AS batch,
      (
        SELECT
          count(*)
        FROM
          (
            FROM
              sensor_batch."reading"
            WHERE
              true
          ) b
        WHERE
          EXISTS (
            FROM
              sensor_speed."reading" s
            WHERE
              s."sensor_id" = b."sensor_id"
              AND s."seq" = b."seq"
          )
      ) AS overridden,
      (
        SELECT
          count(*)
        FROM
          sensor_speed."reading"
        WHERE
          true
      ) AS speed,
      (
        SELECT
          count(*)
        FROM
          sensor."arrival"
        WHERE
          true
      ) AS naive
    UNION ALL
    SELECT
      'warm' AS count,
      'Readings above 22 °C' AS title,
      1 AS position,
      (
        SELECT
          count(*)
        FROM
          sensor_batch."reading"
        WHERE
          temperature_c > 22
      ) AS batch,
      (
        SELECT
          count(*)
        FROM
          (
            FROM
              sensor_batch."reading"
            WHERE
              temperature_c > 22
          ) b
        WHERE
          EXISTS (
            FROM
              sensor_speed."reading" s
            WHERE
              s."sensor_id" = b."sensor_id"
              AND s."seq" = b."seq"
          )
      ) AS overridden,
      (
        SELECT
          count(*)
        FROM
          sensor_speed."reading"
        WHERE
          temperature_c > 22
      ) AS speed,
      (
        SELECT
          count(*)
        FROM
          sensor."arrival"
        WHERE
          temperature_c > 22
      ) AS naive
  )
ORDER BY
  position;


-- Derived by `brokenReferencesInterface` (schemas/declare/broken-references.ts).
-- This query counts, per reference, the rows whose value is no key of the table that they refer to, and those that have a value.

SELECT
  'sensor.room' AS "column",
  'room.room' AS refers_to,
  (
    SELECT
      count(*)
    FROM
      (
        SELECT
          "room" AS value
        FROM
          "sensor"
        WHERE
          "room" IS NOT NULL
      )
      ANTI JOIN (
        SELECT
          "room" AS value
        FROM
          "room"
      )
    USING
      (value)
  ) AS orphans,
  (
    SELECT
      count("room")
    FROM
      "sensor"
  ) AS rows_with_value
UNION ALL
SELECT
  'reading.sensor_id' AS "column",
  'sensor.sensor_id' AS refers_to,
  (
    SELECT
      count(*)
    FROM
      (
        SELECT
          "sensor_id" AS value
        FROM
          "reading"
        WHERE
          "sensor_id" IS NOT NULL
      )
      ANTI JOIN (
        SELECT
          "sensor_id" AS value
        FROM
          "sensor"
      )
    USING
      (value)
  ) AS orphans,
  (
    SELECT
      count("sensor_id")
    FROM
      "reading"
  ) AS rows_with_value
UNION ALL
SELECT
  'reading.room' AS "column",
  'room.room' AS refers_to,
  (
    SELECT
      count(*)
    FROM
      (
        SELECT
          "room" AS value
        FROM
          "reading"
        WHERE
          "room" IS NOT NULL
      )
      ANTI JOIN (
        SELECT
          "room" AS value
        FROM
          "room"
      )
    USING
      (value)
  ) AS orphans,
  (
    SELECT
      count("room")
    FROM
      "reading"
  ) AS rows_with_value
UNION ALL
SELECT
  'arrival.sensor_id' AS "column",
  'sensor.sensor_id' AS refers_to,
  (
    SELECT
      count(*)
    FROM
      (
        SELECT
          "sensor_id" AS value
        FROM
          "arrival"
        WHERE
          "sensor_id" IS NOT NULL
      )
      ANTI JOIN (
        SELECT
          "sensor_id" AS value
        FROM
          "sensor"
      )
    USING
      (value)
  ) AS orphans,
  (
    SELECT
      count("sensor_id")
    FROM
      "arrival"
  ) AS rows_with_value
ORDER BY
  "column";
