-- SQL derived from the declaration in schemas/sensor/, laid out for review. `npm run derive` writes this file.

-- Derived by `createSpeedViewSql` (schemas/sql/fold-sql.ts).
-- These statements make the tables of a speed view.

CREATE SCHEMA IF NOT EXISTS _sensor_speed;

CREATE TABLE _sensor_speed."room" (
  "room" VARCHAR,
  "last_reading_at" TIMESTAMPTZ,
  _time BIGINT,
  _partition INTEGER,
  _offset BIGINT,
  _position INTEGER
);

CREATE TABLE _sensor_speed."sensor" (
  "sensor_id" VARCHAR,
  "room" VARCHAR,
  "last_reading_at" TIMESTAMPTZ,
  _time BIGINT,
  _partition INTEGER,
  _offset BIGINT,
  _position INTEGER
);

CREATE TABLE _sensor_speed."reading" (
  "sensor_id" VARCHAR,
  "seq" BIGINT,
  "room" VARCHAR,
  "ts" TIMESTAMPTZ,
  "temperature_c" DOUBLE,
  "humidity" DOUBLE,
  _time BIGINT,
  _partition INTEGER,
  _offset BIGINT,
  _position INTEGER
);

CREATE TABLE _sensor_speed."arrival" (
  "log_partition" INTEGER,
  "log_offset" BIGINT,
  "received_at" TIMESTAMPTZ,
  "sensor_id" VARCHAR,
  "seq" BIGINT,
  "ts" TIMESTAMPTZ,
  "temperature_c" DOUBLE,
  "humidity" DOUBLE,
  _time BIGINT,
  _partition INTEGER,
  _offset BIGINT,
  _position INTEGER
);

CREATE TABLE _sensor_speed."rejected" (
  "log_partition" INTEGER,
  "log_offset" BIGINT,
  "received_at" TIMESTAMPTZ,
  "reason" VARCHAR,
  "value" BLOB,
  _time BIGINT,
  _partition INTEGER,
  _offset BIGINT,
  _position INTEGER
);


-- Derived by `foldSql` (schemas/sql/fold-sql.ts).
-- These statements fold the events of the table `staged` into the speed view, in one transaction.

MERGE INTO
  _sensor_speed."room" s
USING
  (
    SELECT
      w.*
    FROM
      (
        SELECT
          event."room" AS "room",
          make_timestamptz(event."ts" * 1000) AS "last_reading_at",
          _time,
          _partition,
          _offset,
          0::INTEGER AS _position
        FROM
          staged e
        WHERE
          e.rowid IN (
            SELECT
              arg_max(c._rowid, (c._time, c._partition, c._offset, c._position))
            FROM
              (
                SELECT
                  rowid AS _rowid,
                  event."room" AS "room",
                  _time,
                  _partition,
                  _offset,
                  0::INTEGER AS _position
                FROM
                  staged
                WHERE
                  reason IS NULL
              ) c
            WHERE
              "room" IS NOT NULL
            GROUP BY
              "room"
          )
      ) w
      LEFT JOIN _sensor_speed."room" t ON t."room" = w."room"
    WHERE
      NOT EXISTS (
        FROM
          _sensor_batch."room" b
        WHERE
          w."room" = b."room"
          AND (b._time, b._partition, b._offset, b._position) >= (w._time, w._partition, w._offset, w._position)
      )
    ORDER BY
      t.rowid
  ) w ON s."room" = w."room"
WHEN MATCHED
  AND (w._time, w._partition, w._offset, w._position) > (s._time, s._partition, s._offset, s._position) THEN
UPDATE
SET
  "room" = w."room",
  "last_reading_at" = w."last_reading_at",
  _time = w._time,
  _partition = w._partition,
  _offset = w._offset,
  _position = w._position
WHEN NOT MATCHED
  THEN INSERT ("room", "last_reading_at", _time, _partition, _offset, _position)
VALUES
  (w."room", w."last_reading_at", w._time, w._partition, w._offset, w._position);

MERGE INTO
  _sensor_speed."sensor" s
USING
  (
    SELECT
      w.*
    FROM
      (
        SELECT
          event."sensor_id" AS "sensor_id",
          event."room" AS "room",
          make_timestamptz(event."ts" * 1000) AS "last_reading_at",
          _time,
          _partition,
          _offset,
          0::INTEGER AS _position
        FROM
          staged e
        WHERE
          e.rowid IN (
            SELECT
              arg_max(c._rowid, (c._time, c._partition, c._offset, c._position))
            FROM
              (
                SELECT
                  rowid AS _rowid,
                  event."sensor_id" AS "sensor_id",
                  _time,
                  _partition,
                  _offset,
                  0::INTEGER AS _position
                FROM
                  staged
                WHERE
                  reason IS NULL
              ) c
            WHERE
              "sensor_id" IS NOT NULL
            GROUP BY
              "sensor_id"
          )
      ) w
      LEFT JOIN _sensor_speed."sensor" t ON t."sensor_id" = w."sensor_id"
    WHERE
      NOT EXISTS (
        FROM
          _sensor_batch."sensor" b
        WHERE
          w."sensor_id" = b."sensor_id"
          AND (b._time, b._partition, b._offset, b._position) >= (w._time, w._partition, w._offset, w._position)
      )
    ORDER BY
      t.rowid
  ) w ON s."sensor_id" = w."sensor_id"
WHEN MATCHED
  AND (w._time, w._partition, w._offset, w._position) > (s._time, s._partition, s._offset, s._position) THEN
UPDATE
SET
  "sensor_id" = w."sensor_id",
  "room" = w."room",
  "last_reading_at" = w."last_reading_at",
  _time = w._time,
  _partition = w._partition,
  _offset = w._offset,
  _position = w._position
WHEN NOT MATCHED
  THEN INSERT ("sensor_id", "room", "last_reading_at", _time, _partition, _offset, _position)
VALUES
  (w."sensor_id", w."room", w."last_reading_at", w._time, w._partition, w._offset, w._position);

MERGE INTO
  _sensor_speed."reading" s
USING
  (
    SELECT
      w.*
    FROM
      (
        SELECT
          event."sensor_id" AS "sensor_id",
          event."seq" AS "seq",
          event."room" AS "room",
          make_timestamptz(event."ts" * 1000) AS "ts",
          event."temperature_c" AS "temperature_c",
          event."humidity" AS "humidity",
          _time,
          _partition,
          _offset,
          0::INTEGER AS _position
        FROM
          staged e
        WHERE
          e.rowid IN (
            SELECT
              arg_max(c._rowid, (c._time, c._partition, c._offset, c._position))
            FROM
              (
                SELECT
                  rowid AS _rowid,
                  event."sensor_id" AS "sensor_id",
                  event."seq" AS "seq",
                  _time,
                  _partition,
                  _offset,
                  0::INTEGER AS _position
                FROM
                  staged
                WHERE
                  reason IS NULL
              ) c
            WHERE
              "sensor_id" IS NOT NULL
              AND "seq" IS NOT NULL
            GROUP BY
              "sensor_id",
              "seq"
          )
      ) w
      LEFT JOIN _sensor_speed."reading" t ON t."sensor_id" = w."sensor_id"
      AND t."seq" = w."seq"
    WHERE
      NOT EXISTS (
        FROM
          _sensor_batch."reading" b
        WHERE
          w."sensor_id" = b."sensor_id"
          AND w."seq" = b."seq"
          AND (b._time, b._partition, b._offset, b._position) >= (w._time, w._partition, w._offset, w._position)
      )
    ORDER BY
      t.rowid
  ) w ON s."sensor_id" = w."sensor_id"
  AND s."seq" = w."seq"
WHEN MATCHED
  AND (w._time, w._partition, w._offset, w._position) > (s._time, s._partition, s._offset, s._position) THEN
UPDATE
SET
  "sensor_id" = w."sensor_id",
  "seq" = w."seq",
  "room" = w."room",
  "ts" = w."ts",
  "temperature_c" = w."temperature_c",
  "humidity" = w."humidity",
  _time = w._time,
  _partition = w._partition,
  _offset = w._offset,
  _position = w._position
WHEN NOT MATCHED
  THEN INSERT (
    "sensor_id",
    "seq",
    "room",
    "ts",
    "temperature_c",
    "humidity",
    _time,
    _partition,
    _offset,
    _position
  )
VALUES
  (
    w."sensor_id",
    w."seq",
    w."room",
    w."ts",
    w."temperature_c",
    w."humidity",
    w._time,
    w._partition,
    w._offset,
    w._position
  );

INSERT INTO
  _sensor_speed."arrival"
SELECT
  _partition AS "log_partition",
  _offset AS "log_offset",
  make_timestamptz(_timestamp * 1000) AS "received_at",
  event."sensor_id" AS "sensor_id",
  event."seq" AS "seq",
  make_timestamptz(event."ts" * 1000) AS "ts",
  event."temperature_c" AS "temperature_c",
  event."humidity" AS "humidity",
  _time,
  _partition,
  _offset,
  0::INTEGER AS _position
FROM
  staged
WHERE
  reason IS NULL;

INSERT INTO
  _sensor_speed."rejected"
SELECT
  _partition AS "log_partition",
  _offset AS "log_offset",
  make_timestamptz(_timestamp * 1000) AS "received_at",
  reason AS "reason",
  value AS "value",
  _time,
  _partition,
  _offset,
  0::INTEGER AS _position
FROM
  staged
WHERE
  reason IS NOT NULL;


-- Derived by `handOverSql` (schemas/sql/fold-sql.ts).
-- These statements take from the speed view what a newer generation covers. Its tidemark is offset 1000 of partition 0 here.

DELETE FROM _sensor_speed."room"
WHERE
  _offset < CASE _partition
    WHEN 0 THEN 1000
    ELSE 0
  END;

DELETE FROM _sensor_speed."room" s
WHERE
  EXISTS (
    FROM
      _sensor_batch."room" b
    WHERE
      s."room" = b."room"
      AND (b._time, b._partition, b._offset, b._position) >= (s._time, s._partition, s._offset, s._position)
  );

DELETE FROM _sensor_speed."sensor"
WHERE
  _offset < CASE _partition
    WHEN 0 THEN 1000
    ELSE 0
  END;

DELETE FROM _sensor_speed."sensor" s
WHERE
  EXISTS (
    FROM
      _sensor_batch."sensor" b
    WHERE
      s."sensor_id" = b."sensor_id"
      AND (b._time, b._partition, b._offset, b._position) >= (s._time, s._partition, s._offset, s._position)
  );

DELETE FROM _sensor_speed."reading"
WHERE
  _offset < CASE _partition
    WHEN 0 THEN 1000
    ELSE 0
  END;

DELETE FROM _sensor_speed."reading" s
WHERE
  EXISTS (
    FROM
      _sensor_batch."reading" b
    WHERE
      s."sensor_id" = b."sensor_id"
      AND s."seq" = b."seq"
      AND (b._time, b._partition, b._offset, b._position) >= (s._time, s._partition, s._offset, s._position)
  );

DELETE FROM _sensor_speed."arrival"
WHERE
  _offset < CASE _partition
    WHEN 0 THEN 1000
    ELSE 0
  END;

DELETE FROM _sensor_speed."rejected"
WHERE
  _offset < CASE _partition
    WHEN 0 THEN 1000
    ELSE 0
  END;


-- Derived by `mergedSegmentsSql` (schemas/sql/segment-sql.ts).
-- A batch run that folds more than its memory holds merges what it has folded piecewise with these statements, with some rows of each table at a time if they are many.

SELECT
  s.*
FROM
  _sensor_speed."room" s
  SEMI JOIN (
    SELECT
      max((k._time, k._partition, k._offset, k._position)) AS _version
    FROM
      _sensor_speed."room" k
    GROUP BY
      "room"
  ) w ON (s._time, s._partition, s._offset, s._position) = w._version;

SELECT
  s.*
FROM
  _sensor_speed."sensor" s
  SEMI JOIN (
    SELECT
      max((k._time, k._partition, k._offset, k._position)) AS _version
    FROM
      _sensor_speed."sensor" k
    GROUP BY
      "sensor_id"
  ) w ON (s._time, s._partition, s._offset, s._position) = w._version;

SELECT
  s.*
FROM
  _sensor_speed."reading" s
  SEMI JOIN (
    SELECT
      max((k._time, k._partition, k._offset, k._position)) AS _version
    FROM
      _sensor_speed."reading" k
    GROUP BY
      "sensor_id",
      "seq"
  ) w ON (s._time, s._partition, s._offset, s._position) = w._version;
