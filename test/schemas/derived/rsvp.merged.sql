-- SQL derived from the declaration in schemas/rsvp/, laid out for review. `npm run derive` writes this file.

-- Derived by `publicViewsSql` (serving/replica/merged-view.ts).
-- These statements make the views that people query: merged, batch and speed.

CREATE SCHEMA rsvp;

CREATE SCHEMA rsvp_batch;

CREATE SCHEMA rsvp_speed;

CREATE VIEW rsvp."member" AS
SELECT
  "member_id",
  "member_name",
  "photo"
FROM
  _rsvp_batch."member" b
  ANTI JOIN _rsvp_speed."member" s ON s."member_id" = b."member_id"
UNION ALL
SELECT
  "member_id",
  "member_name",
  "photo"
FROM
  _rsvp_speed."member";

CREATE VIEW rsvp_batch."member" AS
SELECT
  "member_id",
  "member_name",
  "photo"
FROM
  _rsvp_batch."member";

CREATE VIEW rsvp_speed."member" AS
SELECT
  "member_id",
  "member_name",
  "photo"
FROM
  _rsvp_speed."member";

CREATE VIEW rsvp."member_service" AS
SELECT
  "member_id",
  "service",
  "identifier"
FROM
  _rsvp_batch."member_service" b
  ANTI JOIN _rsvp_speed."member" s ON s."member_id" = b."member_id"
UNION ALL
SELECT
  "member_id",
  "service",
  "identifier"
FROM
  _rsvp_speed."member_service";

CREATE VIEW rsvp_batch."member_service" AS
SELECT
  "member_id",
  "service",
  "identifier"
FROM
  _rsvp_batch."member_service";

CREATE VIEW rsvp_speed."member_service" AS
SELECT
  "member_id",
  "service",
  "identifier"
FROM
  _rsvp_speed."member_service";

CREATE VIEW rsvp."topic" AS
SELECT
  "urlkey",
  "topic_name"
FROM
  _rsvp_batch."topic" b
  ANTI JOIN _rsvp_speed."topic" s ON s."urlkey" = b."urlkey"
UNION ALL
SELECT
  "urlkey",
  "topic_name"
FROM
  _rsvp_speed."topic";

CREATE VIEW rsvp_batch."topic" AS
SELECT
  "urlkey",
  "topic_name"
FROM
  _rsvp_batch."topic";

CREATE VIEW rsvp_speed."topic" AS
SELECT
  "urlkey",
  "topic_name"
FROM
  _rsvp_speed."topic";

CREATE VIEW rsvp."groups" AS
SELECT
  "group_id",
  "group_name",
  "group_urlname",
  "city",
  "state",
  "country",
  "lat",
  "lon"
FROM
  _rsvp_batch."groups" b
  ANTI JOIN _rsvp_speed."groups" s ON s."group_id" = b."group_id"
UNION ALL
SELECT
  "group_id",
  "group_name",
  "group_urlname",
  "city",
  "state",
  "country",
  "lat",
  "lon"
FROM
  _rsvp_speed."groups";

CREATE VIEW rsvp_batch."groups" AS
SELECT
  "group_id",
  "group_name",
  "group_urlname",
  "city",
  "state",
  "country",
  "lat",
  "lon"
FROM
  _rsvp_batch."groups";

CREATE VIEW rsvp_speed."groups" AS
SELECT
  "group_id",
  "group_name",
  "group_urlname",
  "city",
  "state",
  "country",
  "lat",
  "lon"
FROM
  _rsvp_speed."groups";

CREATE VIEW rsvp."group_topic" AS
SELECT
  "group_id",
  "urlkey"
FROM
  _rsvp_batch."group_topic" b
  ANTI JOIN _rsvp_speed."groups" s ON s."group_id" = b."group_id"
UNION ALL
SELECT
  "group_id",
  "urlkey"
FROM
  _rsvp_speed."group_topic";

CREATE VIEW rsvp_batch."group_topic" AS
SELECT
  "group_id",
  "urlkey"
FROM
  _rsvp_batch."group_topic";

CREATE VIEW rsvp_speed."group_topic" AS
SELECT
  "group_id",
  "urlkey"
FROM
  _rsvp_speed."group_topic";

CREATE VIEW rsvp."venue" AS
SELECT
  "venue_id",
  "venue_name",
  "lat",
  "lon"
FROM
  _rsvp_batch."venue" b
  ANTI JOIN _rsvp_speed."venue" s ON s."venue_id" = b."venue_id"
UNION ALL
SELECT
  "venue_id",
  "venue_name",
  "lat",
  "lon"
FROM
  _rsvp_speed."venue";

CREATE VIEW rsvp_batch."venue" AS
SELECT
  "venue_id",
  "venue_name",
  "lat",
  "lon"
FROM
  _rsvp_batch."venue";

CREATE VIEW rsvp_speed."venue" AS
SELECT
  "venue_id",
  "venue_name",
  "lat",
  "lon"
FROM
  _rsvp_speed."venue";

CREATE VIEW rsvp."event" AS
SELECT
  "event_id",
  "event_name",
  "event_url",
  "event_time",
  "group_id",
  "venue_id"
FROM
  _rsvp_batch."event" b
  ANTI JOIN _rsvp_speed."event" s ON s."event_id" = b."event_id"
UNION ALL
SELECT
  "event_id",
  "event_name",
  "event_url",
  "event_time",
  "group_id",
  "venue_id"
FROM
  _rsvp_speed."event";

CREATE VIEW rsvp_batch."event" AS
SELECT
  "event_id",
  "event_name",
  "event_url",
  "event_time",
  "group_id",
  "venue_id"
FROM
  _rsvp_batch."event";

CREATE VIEW rsvp_speed."event" AS
SELECT
  "event_id",
  "event_name",
  "event_url",
  "event_time",
  "group_id",
  "venue_id"
FROM
  _rsvp_speed."event";

CREATE VIEW rsvp."rsvp" AS
SELECT
  "rsvp_id",
  "event_id",
  "member_id",
  "response",
  "guests",
  "visibility",
  "mtime"
FROM
  _rsvp_batch."rsvp" b
  ANTI JOIN _rsvp_speed."rsvp" s ON s."rsvp_id" = b."rsvp_id"
UNION ALL
SELECT
  "rsvp_id",
  "event_id",
  "member_id",
  "response",
  "guests",
  "visibility",
  "mtime"
FROM
  _rsvp_speed."rsvp";

CREATE VIEW rsvp_batch."rsvp" AS
SELECT
  "rsvp_id",
  "event_id",
  "member_id",
  "response",
  "guests",
  "visibility",
  "mtime"
FROM
  _rsvp_batch."rsvp";

CREATE VIEW rsvp_speed."rsvp" AS
SELECT
  "rsvp_id",
  "event_id",
  "member_id",
  "response",
  "guests",
  "visibility",
  "mtime"
FROM
  _rsvp_speed."rsvp";

CREATE VIEW rsvp."rsvp_change" AS
SELECT
  "rsvp_id",
  "mtime",
  "response",
  "guests"
FROM
  _rsvp_batch."rsvp_change" b
  ANTI JOIN _rsvp_speed."rsvp_change" s ON s."rsvp_id" = b."rsvp_id"
  AND s."mtime" = b."mtime"
UNION ALL
SELECT
  "rsvp_id",
  "mtime",
  "response",
  "guests"
FROM
  _rsvp_speed."rsvp_change";

CREATE VIEW rsvp_batch."rsvp_change" AS
SELECT
  "rsvp_id",
  "mtime",
  "response",
  "guests"
FROM
  _rsvp_batch."rsvp_change";

CREATE VIEW rsvp_speed."rsvp_change" AS
SELECT
  "rsvp_id",
  "mtime",
  "response",
  "guests"
FROM
  _rsvp_speed."rsvp_change";

CREATE VIEW rsvp."arrival" AS
SELECT
  "log_partition",
  "log_offset",
  "received_at",
  "rsvp_id",
  "mtime",
  "response",
  "guests"
FROM
  _rsvp_batch."arrival" b
UNION ALL
SELECT
  "log_partition",
  "log_offset",
  "received_at",
  "rsvp_id",
  "mtime",
  "response",
  "guests"
FROM
  _rsvp_speed."arrival";

CREATE VIEW rsvp_batch."arrival" AS
SELECT
  "log_partition",
  "log_offset",
  "received_at",
  "rsvp_id",
  "mtime",
  "response",
  "guests"
FROM
  _rsvp_batch."arrival";

CREATE VIEW rsvp_speed."arrival" AS
SELECT
  "log_partition",
  "log_offset",
  "received_at",
  "rsvp_id",
  "mtime",
  "response",
  "guests"
FROM
  _rsvp_speed."arrival";

CREATE VIEW rsvp."rejected" AS
SELECT
  "log_partition",
  "log_offset",
  "received_at",
  "reason",
  "value"
FROM
  _rsvp_batch."rejected" b
UNION ALL
SELECT
  "log_partition",
  "log_offset",
  "received_at",
  "reason",
  "value"
FROM
  _rsvp_speed."rejected";

CREATE VIEW rsvp_batch."rejected" AS
SELECT
  "log_partition",
  "log_offset",
  "received_at",
  "reason",
  "value"
FROM
  _rsvp_batch."rejected";

CREATE VIEW rsvp_speed."rejected" AS
SELECT
  "log_partition",
  "log_offset",
  "received_at",
  "reason",
  "value"
FROM
  _rsvp_speed."rejected";
