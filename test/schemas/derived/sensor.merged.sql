-- SQL derived from the declaration in schemas/sensor/, laid out for review. `npm run derive` writes this file.

-- Derived by `publicViewsSql` (serving/replica/merged-view.ts).
-- These statements make the views that people query: merged, batch and speed.

CREATE SCHEMA sensor;

CREATE SCHEMA sensor_batch;

CREATE SCHEMA sensor_speed;

CREATE VIEW sensor."room" AS
SELECT
  "room",
  "last_reading_at"
FROM
  _sensor_batch."room" b
  ANTI JOIN _sensor_speed."room" s ON s."room" = b."room"
UNION ALL
SELECT
  "room",
  "last_reading_at"
FROM
  _sensor_speed."room";

CREATE VIEW sensor_batch."room" AS
SELECT
  "room",
  "last_reading_at"
FROM
  _sensor_batch."room";

CREATE VIEW sensor_speed."room" AS
SELECT
  "room",
  "last_reading_at"
FROM
  _sensor_speed."room";

CREATE VIEW sensor."sensor" AS
SELECT
  "sensor_id",
  "room",
  "last_reading_at"
FROM
  _sensor_batch."sensor" b
  ANTI JOIN _sensor_speed."sensor" s ON s."sensor_id" = b."sensor_id"
UNION ALL
SELECT
  "sensor_id",
  "room",
  "last_reading_at"
FROM
  _sensor_speed."sensor";

CREATE VIEW sensor_batch."sensor" AS
SELECT
  "sensor_id",
  "room",
  "last_reading_at"
FROM
  _sensor_batch."sensor";

CREATE VIEW sensor_speed."sensor" AS
SELECT
  "sensor_id",
  "room",
  "last_reading_at"
FROM
  _sensor_speed."sensor";

CREATE VIEW sensor."reading" AS
SELECT
  "sensor_id",
  "seq",
  "room",
  "ts",
  "temperature_c",
  "humidity"
FROM
  _sensor_batch."reading" b
  ANTI JOIN _sensor_speed."reading" s ON s."sensor_id" = b."sensor_id"
  AND s."seq" = b."seq"
UNION ALL
SELECT
  "sensor_id",
  "seq",
  "room",
  "ts",
  "temperature_c",
  "humidity"
FROM
  _sensor_speed."reading";

CREATE VIEW sensor_batch."reading" AS
SELECT
  "sensor_id",
  "seq",
  "room",
  "ts",
  "temperature_c",
  "humidity"
FROM
  _sensor_batch."reading";

CREATE VIEW sensor_speed."reading" AS
SELECT
  "sensor_id",
  "seq",
  "room",
  "ts",
  "temperature_c",
  "humidity"
FROM
  _sensor_speed."reading";

CREATE VIEW sensor."arrival" AS
SELECT
  "log_partition",
  "log_offset",
  "received_at",
  "sensor_id",
  "seq",
  "ts",
  "temperature_c",
  "humidity"
FROM
  _sensor_batch."arrival" b
UNION ALL
SELECT
  "log_partition",
  "log_offset",
  "received_at",
  "sensor_id",
  "seq",
  "ts",
  "temperature_c",
  "humidity"
FROM
  _sensor_speed."arrival";

CREATE VIEW sensor_batch."arrival" AS
SELECT
  "log_partition",
  "log_offset",
  "received_at",
  "sensor_id",
  "seq",
  "ts",
  "temperature_c",
  "humidity"
FROM
  _sensor_batch."arrival";

CREATE VIEW sensor_speed."arrival" AS
SELECT
  "log_partition",
  "log_offset",
  "received_at",
  "sensor_id",
  "seq",
  "ts",
  "temperature_c",
  "humidity"
FROM
  _sensor_speed."arrival";

CREATE VIEW sensor."rejected" AS
SELECT
  "log_partition",
  "log_offset",
  "received_at",
  "reason",
  "value"
FROM
  _sensor_batch."rejected" b
UNION ALL
SELECT
  "log_partition",
  "log_offset",
  "received_at",
  "reason",
  "value"
FROM
  _sensor_speed."rejected";

CREATE VIEW sensor_batch."rejected" AS
SELECT
  "log_partition",
  "log_offset",
  "received_at",
  "reason",
  "value"
FROM
  _sensor_batch."rejected";

CREATE VIEW sensor_speed."rejected" AS
SELECT
  "log_partition",
  "log_offset",
  "received_at",
  "reason",
  "value"
FROM
  _sensor_speed."rejected";
