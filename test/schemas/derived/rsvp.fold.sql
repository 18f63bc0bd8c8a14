-- SQL derived from the declaration in schemas/rsvp/, laid out for review. `npm run derive` writes this file.

-- Derived by `createSpeedViewSql` (schemas/sql/fold-sql.ts).
-- These statements make the tables of a speed view.

CREATE SCHEMA IF NOT EXISTS _rsvp_speed;

CREATE TABLE _rsvp_speed."member" (
  "member_id" BIGINT,
  "member_name" VARCHAR,
  "photo" VARCHAR,
  _time BIGINT,
  _partition INTEGER,
  _offset BIGINT,
  _position INTEGER
);

CREATE TABLE _rsvp_speed."member_service" (
  "member_id" BIGINT,
  "service" VARCHAR,
  "identifier" VARCHAR,
  _time BIGINT,
  _partition INTEGER,
  _offset BIGINT,
  _position INTEGER
);

CREATE TABLE _rsvp_speed."topic" (
  "urlkey" VARCHAR,
  "topic_name" VARCHAR,
  _time BIGINT,
  _partition INTEGER,
  _offset BIGINT,
  _position INTEGER
);

CREATE TABLE _rsvp_speed."groups" (
  "group_id" BIGINT,
  "group_name" VARCHAR,
  "group_urlname" VARCHAR,
  "city" VARCHAR,
  "state" VARCHAR,
  "country" VARCHAR,
  "lat" DOUBLE,
  "lon" DOUBLE,
  _time BIGINT,
  _partition INTEGER,
  _offset BIGINT,
  _position INTEGER
);

CREATE TABLE _rsvp_speed."group_topic" (
  "group_id" BIGINT,
  "urlkey" VARCHAR,
  _time BIGINT,
  _partition INTEGER,
  _offset BIGINT,
  _position INTEGER
);

CREATE TABLE _rsvp_speed."venue" (
  "venue_id" BIGINT,
  "venue_name" VARCHAR,
  "lat" DOUBLE,
  "lon" DOUBLE,
  _time BIGINT,
  _partition INTEGER,
  _offset BIGINT,
  _position INTEGER
);

CREATE TABLE _rsvp_speed."event" (
  "event_id" VARCHAR,
  "event_name" VARCHAR,
  "event_url" VARCHAR,
  "event_time" TIMESTAMPTZ,
  "group_id" BIGINT,
  "venue_id" BIGINT,
  _time BIGINT,
  _partition INTEGER,
  _offset BIGINT,
  _position INTEGER
);

CREATE TABLE _rsvp_speed."rsvp" (
  "rsvp_id" BIGINT,
  "event_id" VARCHAR,
  "member_id" BIGINT,
  "response" VARCHAR,
  "guests" BIGINT,
  "visibility" VARCHAR,
  "mtime" TIMESTAMPTZ,
  _time BIGINT,
  _partition INTEGER,
  _offset BIGINT,
  _position INTEGER
);

CREATE TABLE _rsvp_speed."rsvp_change" (
  "rsvp_id" BIGINT,
  "mtime" TIMESTAMPTZ,
  "response" VARCHAR,
  "guests" BIGINT,
  _time BIGINT,
  _partition INTEGER,
  _offset BIGINT,
  _position INTEGER
);

CREATE TABLE _rsvp_speed."arrival" (
  "log_partition" INTEGER,
  "log_offset" BIGINT,
  "received_at" TIMESTAMPTZ,
  "rsvp_id" BIGINT,
  "mtime" TIMESTAMPTZ,
  "response" VARCHAR,
  "guests" BIGINT,
  _time BIGINT,
  _partition INTEGER,
  _offset BIGINT,
  _position INTEGER
);

CREATE TABLE _rsvp_speed."rejected" (
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
  _rsvp_speed."member" s
USING
  (
    SELECT
      w.*
    FROM
      (
        SELECT
          event."member"."member_id" AS "member_id",
          event."member"."member_name" AS "member_name",
          event."member"."photo" AS "photo",
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
                  event."member"."member_id" AS "member_id",
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
              "member_id" IS NOT NULL
            GROUP BY
              "member_id"
          )
      ) w
      LEFT JOIN _rsvp_speed."member" t ON t."member_id" = w."member_id"
    WHERE
      NOT EXISTS (
        FROM
          _rsvp_batch."member" b
        WHERE
          w."member_id" = b."member_id"
          AND (b._time, b._partition, b._offset, b._position) >= (w._time, w._partition, w._offset, w._position)
      )
    ORDER BY
      t.rowid
  ) w ON s."member_id" = w."member_id"
WHEN MATCHED
  AND (w._time, w._partition, w._offset, w._position) > (s._time, s._partition, s._offset, s._position) THEN
UPDATE
SET
  "member_id" = w."member_id",
  "member_name" = w."member_name",
  "photo" = w."photo",
  _time = w._time,
  _partition = w._partition,
  _offset = w._offset,
  _position = w._position
WHEN NOT MATCHED
  THEN INSERT ("member_id", "member_name", "photo", _time, _partition, _offset, _position)
VALUES
  (w."member_id", w."member_name", w."photo", w._time, w._partition, w._offset, w._position);

MERGE INTO
  _rsvp_speed."topic" s
USING
  (
    SELECT
      w.*
    FROM
      (
        WITH
          winners AS MATERIALIZED (
            SELECT
              max((c._time, c._partition, c._offset, c._position)) AS _version
            FROM
              (
                SELECT
                  element."urlkey" AS "urlkey",
                  _time,
                  _partition,
                  _offset,
                  _position
                FROM
                  (
                    SELECT
                      *,
                      unnest(event."group"."group_topics") AS element,
                      generate_subscripts(event."group"."group_topics", 1)::INTEGER AS _position
                    FROM
                      staged
                  )
                WHERE
                  reason IS NULL
              ) c
            WHERE
              "urlkey" IS NOT NULL
            GROUP BY
              "urlkey"
          )
        SELECT
          element."urlkey" AS "urlkey",
          element."topic_name" AS "topic_name",
          _time,
          _partition,
          _offset,
          _position
        FROM
          (
            SELECT
              *,
              unnest(event."group"."group_topics") AS element,
              generate_subscripts(event."group"."group_topics", 1)::INTEGER AS _position
            FROM
              (
                SELECT
                  e.*
                FROM
                  staged e
                  SEMI JOIN winners w ON e._partition = w._version[2]
                  AND e._offset = w._version[3]
              )
          ) e
          SEMI JOIN winners w ON (e._time, e._partition, e._offset, e._position) = w._version
      ) w
      LEFT JOIN _rsvp_speed."topic" t ON t."urlkey" = w."urlkey"
    WHERE
      NOT EXISTS (
        FROM
          _rsvp_batch."topic" b
        WHERE
          w."urlkey" = b."urlkey"
          AND (b._time, b._partition, b._offset, b._position) >= (w._time, w._partition, w._offset, w._position)
      )
    ORDER BY
      t.rowid
  ) w ON s."urlkey" = w."urlkey"
WHEN MATCHED
  AND (w._time, w._partition, w._offset, w._position) > (s._time, s._partition, s._offset, s._position) THEN
UPDATE
SET
  "urlkey" = w."urlkey",
  "topic_name" = w."topic_name",
  _time = w._time,
  _partition = w._partition,
  _offset = w._offset,
  _position = w._position
WHEN NOT MATCHED
  THEN INSERT ("urlkey", "topic_name", _time, _partition, _offset, _position)
VALUES
  (w."urlkey", w."topic_name", w._time, w._partition, w._offset, w._position);

MERGE INTO
  _rsvp_speed."groups" s
USING
  (
    SELECT
      w.*
    FROM
      (
        SELECT
          event."group"."group_id" AS "group_id",
          event."group"."group_name" AS "group_name",
          event."group"."group_urlname" AS "group_urlname",
          event."group"."group_city" AS "city",
          event."group"."group_state" AS "state",
          event."group"."group_country" AS "country",
          event."group"."group_lat" AS "lat",
          event."group"."group_lon" AS "lon",
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
                  event."group"."group_id" AS "group_id",
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
              "group_id" IS NOT NULL
            GROUP BY
              "group_id"
          )
      ) w
      LEFT JOIN _rsvp_speed."groups" t ON t."group_id" = w."group_id"
    WHERE
      NOT EXISTS (
        FROM
          _rsvp_batch."groups" b
        WHERE
          w."group_id" = b."group_id"
          AND (b._time, b._partition, b._offset, b._position) >= (w._time, w._partition, w._offset, w._position)
      )
    ORDER BY
      t.rowid
  ) w ON s."group_id" = w."group_id"
WHEN MATCHED
  AND (w._time, w._partition, w._offset, w._position) > (s._time, s._partition, s._offset, s._position) THEN
UPDATE
SET
  "group_id" = w."group_id",
  "group_name" = w."group_name",
  "group_urlname" = w."group_urlname",
  "city" = w."city",
  "state" = w."state",
  "country" = w."country",
  "lat" = w."lat",
  "lon" = w."lon",
  _time = w._time,
  _partition = w._partition,
  _offset = w._offset,
  _position = w._position
WHEN NOT MATCHED
  THEN INSERT (
    "group_id",
    "group_name",
    "group_urlname",
    "city",
    "state",
    "country",
    "lat",
    "lon",
    _time,
    _partition,
    _offset,
    _position
  )
VALUES
  (
    w."group_id",
    w."group_name",
    w."group_urlname",
    w."city",
    w."state",
    w."country",
    w."lat",
    w."lon",
    w._time,
    w._partition,
    w._offset,
    w._position
  );

MERGE INTO
  _rsvp_speed."venue" s
USING
  (
    SELECT
      w.*
    FROM
      (
        SELECT
          event."venue"."venue_id" AS "venue_id",
          event."venue"."venue_name" AS "venue_name",
          event."venue"."lat" AS "lat",
          event."venue"."lon" AS "lon",
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
                  event."venue"."venue_id" AS "venue_id",
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
              "venue_id" IS NOT NULL
            GROUP BY
              "venue_id"
          )
      ) w
      LEFT JOIN _rsvp_speed."venue" t ON t."venue_id" = w."venue_id"
    WHERE
      NOT EXISTS (
        FROM
          _rsvp_batch."venue" b
        WHERE
          w."venue_id" = b."venue_id"
          AND (b._time, b._partition, b._offset, b._position) >= (w._time, w._partition, w._offset, w._position)
      )
    ORDER BY
      t.rowid
  ) w ON s."venue_id" = w."venue_id"
WHEN MATCHED
  AND (w._time, w._partition, w._offset, w._position) > (s._time, s._partition, s._offset, s._position) THEN
UPDATE
SET
  "venue_id" = w."venue_id",
  "venue_name" = w."venue_name",
  "lat" = w."lat",
  "lon" = w."lon",
  _time = w._time,
  _partition = w._partition,
  _offset = w._offset,
  _position = w._position
WHEN NOT MATCHED
  THEN INSERT ("venue_id", "venue_name", "lat", "lon", _time, _partition, _offset, _position)
VALUES
  (w."venue_id", w."venue_name", w."lat", w."lon", w._time, w._partition, w._offset, w._position);

MERGE INTO
  _rsvp_speed."event" s
USING
  (
    SELECT
      w.*
    FROM
      (
        SELECT
          event."event"."event_id" AS "event_id",
          event."event"."event_name" AS "event_name",
          event."event"."event_url" AS "event_url",
          make_timestamptz(event."event"."time" * 1000) AS "event_time",
          event."group"."group_id" AS "group_id",
          event."venue"."venue_id" AS "venue_id",
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
                  event."event"."event_id" AS "event_id",
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
              "event_id" IS NOT NULL
            GROUP BY
              "event_id"
          )
      ) w
      LEFT JOIN _rsvp_speed."event" t ON t."event_id" = w."event_id"
    WHERE
      NOT EXISTS (
        FROM
          _rsvp_batch."event" b
        WHERE
          w."event_id" = b."event_id"
          AND (b._time, b._partition, b._offset, b._position) >= (w._time, w._partition, w._offset, w._position)
      )
    ORDER BY
      t.rowid
  ) w ON s."event_id" = w."event_id"
WHEN MATCHED
  AND (w._time, w._partition, w._offset, w._position) > (s._time, s._partition, s._offset, s._position) THEN
UPDATE
SET
  "event_id" = w."event_id",
  "event_name" = w."event_name",
  "event_url" = w."event_url",
  "event_time" = w."event_time",
  "group_id" = w."group_id",
  "venue_id" = w."venue_id",
  _time = w._time,
  _partition = w._partition,
  _offset = w._offset,
  _position = w._position
WHEN NOT MATCHED
  THEN INSERT (
    "event_id",
    "event_name",
    "event_url",
    "event_time",
    "group_id",
    "venue_id",
    _time,
    _partition,
    _offset,
    _position
  )
VALUES
  (
    w."event_id",
    w."event_name",
    w."event_url",
    w."event_time",
    w."group_id",
    w."venue_id",
    w._time,
    w._partition,
    w._offset,
    w._position
  );

MERGE INTO
  _rsvp_speed."rsvp" s
USING
  (
    SELECT
      w.*
    FROM
      (
        SELECT
          event."rsvp_id" AS "rsvp_id",
          event."event"."event_id" AS "event_id",
          event."member"."member_id" AS "member_id",
          event."response" AS "response",
          event."guests" AS "guests",
          event."visibility" AS "visibility",
          make_timestamptz(event."mtime" * 1000) AS "mtime",
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
                  event."rsvp_id" AS "rsvp_id",
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
              "rsvp_id" IS NOT NULL
            GROUP BY
              "rsvp_id"
          )
      ) w
      LEFT JOIN _rsvp_speed."rsvp" t ON t."rsvp_id" = w."rsvp_id"
    WHERE
      NOT EXISTS (
        FROM
          _rsvp_batch."rsvp" b
        WHERE
          w."rsvp_id" = b."rsvp_id"
          AND (b._time, b._partition, b._offset, b._position) >= (w._time, w._partition, w._offset, w._position)
      )
    ORDER BY
      t.rowid
  ) w ON s."rsvp_id" = w."rsvp_id"
WHEN MATCHED
  AND (w._time, w._partition, w._offset, w._position) > (s._time, s._partition, s._offset, s._position) THEN
UPDATE
SET
  "rsvp_id" = w."rsvp_id",
  "event_id" = w."event_id",
  "member_id" = w."member_id",
  "response" = w."response",
  "guests" = w."guests",
  "visibility" = w."visibility",
  "mtime" = w."mtime",
  _time = w._time,
  _partition = w._partition,
  _offset = w._offset,
  _position = w._position
WHEN NOT MATCHED
  THEN INSERT (
    "rsvp_id",
    "event_id",
    "member_id",
    "response",
    "guests",
    "visibility",
    "mtime",
    _time,
    _partition,
    _offset,
    _position
  )
VALUES
  (
    w."rsvp_id",
    w."event_id",
    w."member_id",
    w."response",
    w."guests",
    w."visibility",
    w."mtime",
    w._time,
    w._partition,
    w._offset,
    w._position
  );

MERGE INTO
  _rsvp_speed."rsvp_change" s
USING
  (
    SELECT
      w.*
    FROM
      (
        SELECT
          event."rsvp_id" AS "rsvp_id",
          make_timestamptz(event."mtime" * 1000) AS "mtime",
          event."response" AS "response",
          event."guests" AS "guests",
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
                  event."rsvp_id" AS "rsvp_id",
                  make_timestamptz(event."mtime" * 1000) AS "mtime",
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
              "rsvp_id" IS NOT NULL
              AND "mtime" IS NOT NULL
            GROUP BY
              "rsvp_id",
              "mtime"
          )
      ) w
      LEFT JOIN _rsvp_speed."rsvp_change" t ON t."rsvp_id" = w."rsvp_id"
      AND t."mtime" = w."mtime"
    WHERE
      NOT EXISTS (
        FROM
          _rsvp_batch."rsvp_change" b
        WHERE
          w."rsvp_id" = b."rsvp_id"
          AND w."mtime" = b."mtime"
          AND (b._time, b._partition, b._offset, b._position) >= (w._time, w._partition, w._offset, w._position)
      )
    ORDER BY
      t.rowid
  ) w ON s."rsvp_id" = w."rsvp_id"
  AND s."mtime" = w."mtime"
WHEN MATCHED
  AND (w._time, w._partition, w._offset, w._position) > (s._time, s._partition, s._offset, s._position) THEN
UPDATE
SET
  "rsvp_id" = w."rsvp_id",
  "mtime" = w."mtime",
  "response" = w."response",
  "guests" = w."guests",
  _time = w._time,
  _partition = w._partition,
  _offset = w._offset,
  _position = w._position
WHEN NOT MATCHED
  THEN INSERT ("rsvp_id", "mtime", "response", "guests", _time, _partition, _offset, _position)
VALUES
  (w."rsvp_id", w."mtime", w."response", w."guests", w._time, w._partition, w._offset, w._position);

DELETE FROM _rsvp_speed."member_service" s
USING
  (
    SELECT
      o.*
    FROM
      _rsvp_speed."member" o
      SEMI JOIN staged e ON e._partition = o._partition
      AND e._offset = o._offset
  ) o
WHERE
  s."member_id" = o."member_id";

INSERT INTO
  _rsvp_speed."member_service"
SELECT
  "member_id",
  "service",
  arg_min_null("identifier", _position) AS "identifier",
  any_value(_time) AS _time,
  any_value(_partition) AS _partition,
  any_value(_offset) AS _offset,
  min(_position) AS _position
FROM
  (
    SELECT
      event."member"."member_id" AS "member_id",
      element.key AS "service",
      element.value."identifier" AS "identifier",
      _time,
      _partition,
      _offset,
      _position
    FROM
      (
        SELECT
          *,
          unnest(map_entries(event."member"."other_services")) AS element,
          generate_subscripts(map_entries(event."member"."other_services"), 1)::INTEGER AS _position
        FROM
          (
            SELECT
              e.*
            FROM
              staged e
              SEMI JOIN _rsvp_speed."member" o ON e._partition = o._partition
              AND e._offset = o._offset
          )
      )
  )
WHERE
  "member_id" IS NOT NULL
  AND "service" IS NOT NULL
GROUP BY
  "member_id",
  "service";

DELETE FROM _rsvp_speed."group_topic" s
USING
  (
    SELECT
      o.*
    FROM
      _rsvp_speed."groups" o
      SEMI JOIN staged e ON e._partition = o._partition
      AND e._offset = o._offset
  ) o
WHERE
  s."group_id" = o."group_id";

INSERT INTO
  _rsvp_speed."group_topic"
SELECT
  "group_id",
  "urlkey",
  any_value(_time) AS _time,
  any_value(_partition) AS _partition,
  any_value(_offset) AS _offset,
  min(_position) AS _position
FROM
  (
    SELECT
      event."group"."group_id" AS "group_id",
      element."urlkey" AS "urlkey",
      _time,
      _partition,
      _offset,
      _position
    FROM
      (
        SELECT
          *,
          unnest(event."group"."group_topics") AS element,
          generate_subscripts(event."group"."group_topics", 1)::INTEGER AS _position
        FROM
          (
            SELECT
              e.*
            FROM
              staged e
              SEMI JOIN _rsvp_speed."groups" o ON e._partition = o._partition
              AND e._offset = o._offset
          )
      )
  )
WHERE
  "group_id" IS NOT NULL
  AND "urlkey" IS NOT NULL
GROUP BY
  "group_id",
  "urlkey";

INSERT INTO
  _rsvp_speed."arrival"
SELECT
  _partition AS "log_partition",
  _offset AS "log_offset",
  make_timestamptz(_timestamp * 1000) AS "received_at",
  event."rsvp_id" AS "rsvp_id",
  make_timestamptz(event."mtime" * 1000) AS "mtime",
  event."response" AS "response",
  event."guests" AS "guests",
  _time,
  _partition,
  _offset,
  0::INTEGER AS _position
FROM
  staged
WHERE
  reason IS NULL;

INSERT INTO
  _rsvp_speed."rejected"
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

DELETE FROM _rsvp_speed."member"
WHERE
  _offset < CASE _partition
    WHEN 0 THEN 1000
    ELSE 0
  END;

DELETE FROM _rsvp_speed."member" s
WHERE
  EXISTS (
    FROM
      _rsvp_batch."member" b
    WHERE
      s."member_id" = b."member_id"
      AND (b._time, b._partition, b._offset, b._position) >= (s._time, s._partition, s._offset, s._position)
  );

DELETE FROM _rsvp_speed."topic"
WHERE
  _offset < CASE _partition
    WHEN 0 THEN 1000
    ELSE 0
  END;

DELETE FROM _rsvp_speed."topic" s
WHERE
  EXISTS (
    FROM
      _rsvp_batch."topic" b
    WHERE
      s."urlkey" = b."urlkey"
      AND (b._time, b._partition, b._offset, b._position) >= (s._time, s._partition, s._offset, s._position)
  );

DELETE FROM _rsvp_speed."groups"
WHERE
  _offset < CASE _partition
    WHEN 0 THEN 1000
    ELSE 0
  END;

DELETE FROM _rsvp_speed."groups" s
WHERE
  EXISTS (
    FROM
      _rsvp_batch."groups" b
    WHERE
      s."group_id" = b."group_id"
      AND (b._time, b._partition, b._offset, b._position) >= (s._time, s._partition, s._offset, s._position)
  );

DELETE FROM _rsvp_speed."venue"
WHERE
  _offset < CASE _partition
    WHEN 0 THEN 1000
    ELSE 0
  END;

DELETE FROM _rsvp_speed."venue" s
WHERE
  EXISTS (
    FROM
      _rsvp_batch."venue" b
    WHERE
      s."venue_id" = b."venue_id"
      AND (b._time, b._partition, b._offset, b._position) >= (s._time, s._partition, s._offset, s._position)
  );

DELETE FROM _rsvp_speed."event"
WHERE
  _offset < CASE _partition
    WHEN 0 THEN 1000
    ELSE 0
  END;

DELETE FROM _rsvp_speed."event" s
WHERE
  EXISTS (
    FROM
      _rsvp_batch."event" b
    WHERE
      s."event_id" = b."event_id"
      AND (b._time, b._partition, b._offset, b._position) >= (s._time, s._partition, s._offset, s._position)
  );

DELETE FROM _rsvp_speed."rsvp"
WHERE
  _offset < CASE _partition
    WHEN 0 THEN 1000
    ELSE 0
  END;

DELETE FROM _rsvp_speed."rsvp" s
WHERE
  EXISTS (
    FROM
      _rsvp_batch."rsvp" b
    WHERE
      s."rsvp_id" = b."rsvp_id"
      AND (b._time, b._partition, b._offset, b._position) >= (s._time, s._partition, s._offset, s._position)
  );

DELETE FROM _rsvp_speed."rsvp_change"
WHERE
  _offset < CASE _partition
    WHEN 0 THEN 1000
    ELSE 0
  END;

DELETE FROM _rsvp_speed."rsvp_change" s
WHERE
  EXISTS (
    FROM
      _rsvp_batch."rsvp_change" b
    WHERE
      s."rsvp_id" = b."rsvp_id"
      AND s."mtime" = b."mtime"
      AND (b._time, b._partition, b._offset, b._position) >= (s._time, s._partition, s._offset, s._position)
  );

DELETE FROM _rsvp_speed."arrival"
WHERE
  _offset < CASE _partition
    WHEN 0 THEN 1000
    ELSE 0
  END;

DELETE FROM _rsvp_speed."rejected"
WHERE
  _offset < CASE _partition
    WHEN 0 THEN 1000
    ELSE 0
  END;

DELETE FROM _rsvp_speed."member_service" e
WHERE
  NOT EXISTS (
    FROM
      _rsvp_speed."member" o
    WHERE
      o."member_id" = e."member_id"
  );

DELETE FROM _rsvp_speed."group_topic" e
WHERE
  NOT EXISTS (
    FROM
      _rsvp_speed."groups" o
    WHERE
      o."group_id" = e."group_id"
  );


-- Derived by `mergedSegmentsSql` (schemas/sql/segment-sql.ts).
-- A batch run that folds more than its memory holds merges what it has folded piecewise with these statements, with some rows of each table at a time if they are many.

SELECT
  s.*
FROM
  _rsvp_speed."member" s
  SEMI JOIN (
    SELECT
      max((k._time, k._partition, k._offset, k._position)) AS _version
    FROM
      _rsvp_speed."member" k
    GROUP BY
      "member_id"
  ) w ON (s._time, s._partition, s._offset, s._position) = w._version;

SELECT
  s.*
FROM
  _rsvp_speed."member_service" s
  SEMI JOIN _rsvp_speed."member" o ON o."member_id" = s."member_id"
  AND o._partition = s._partition
  AND o._offset = s._offset;

SELECT
  s.*
FROM
  _rsvp_speed."topic" s
  SEMI JOIN (
    SELECT
      max((k._time, k._partition, k._offset, k._position)) AS _version
    FROM
      _rsvp_speed."topic" k
    GROUP BY
      "urlkey"
  ) w ON (s._time, s._partition, s._offset, s._position) = w._version;

SELECT
  s.*
FROM
  _rsvp_speed."groups" s
  SEMI JOIN (
    SELECT
      max((k._time, k._partition, k._offset, k._position)) AS _version
    FROM
      _rsvp_speed."groups" k
    GROUP BY
      "group_id"
  ) w ON (s._time, s._partition, s._offset, s._position) = w._version;

SELECT
  s.*
FROM
  _rsvp_speed."group_topic" s
  SEMI JOIN _rsvp_speed."groups" o ON o."group_id" = s."group_id"
  AND o._partition = s._partition
  AND o._offset = s._offset;

SELECT
  s.*
FROM
  _rsvp_speed."venue" s
  SEMI JOIN (
    SELECT
      max((k._time, k._partition, k._offset, k._position)) AS _version
    FROM
      _rsvp_speed."venue" k
    GROUP BY
      "venue_id"
  ) w ON (s._time, s._partition, s._offset, s._position) = w._version;

SELECT
  s.*
FROM
  _rsvp_speed."event" s
  SEMI JOIN (
    SELECT
      max((k._time, k._partition, k._offset, k._position)) AS _version
    FROM
      _rsvp_speed."event" k
    GROUP BY
      "event_id"
  ) w ON (s._time, s._partition, s._offset, s._position) = w._version;

SELECT
  s.*
FROM
  _rsvp_speed."rsvp" s
  SEMI JOIN (
    SELECT
      max((k._time, k._partition, k._offset, k._position)) AS _version
    FROM
      _rsvp_speed."rsvp" k
    GROUP BY
      "rsvp_id"
  ) w ON (s._time, s._partition, s._offset, s._position) = w._version;

SELECT
  s.*
FROM
  _rsvp_speed."rsvp_change" s
  SEMI JOIN (
    SELECT
      max((k._time, k._partition, k._offset, k._position)) AS _version
    FROM
      _rsvp_speed."rsvp_change" k
    GROUP BY
      "rsvp_id",
      "mtime"
  ) w ON (s._time, s._partition, s._offset, s._position) = w._version;
