-- The tables of schemas/rsvp/ from a file of lines, as one would write them by hand: no verdict, no bounds, no generations.
-- The variables `lines` (the file) and `out` (the folder) are set before. Of several ways that were tried, this took least
-- processor time: flat columns, and winners as the row numbers of the greatest (mtime, offset).

CREATE TEMP TABLE parsed AS
SELECT
  log_offset, received_at, rsvp_id, mtime, response, guests, visibility,
  member.member_id, member.member_name, member.photo, member.other_services,
  venue.venue_id, venue.venue_name, venue.lat, venue.lon,
  event.event_id, event.event_name, event.event_url, event."time" AS event_time,
  "group".group_id, "group".group_name, "group".group_urlname, "group".group_city, "group".group_state,
  "group".group_country, "group".group_lat, "group".group_lon, "group".group_topics
FROM read_json(
  getvariable('lines'),
  format = 'newline_delimited',
  columns = {
    log_offset: 'BIGINT',
    received_at: 'BIGINT',
    venue: 'STRUCT(venue_id BIGINT, venue_name VARCHAR, lat DOUBLE, lon DOUBLE)',
    visibility: 'VARCHAR',
    response: 'VARCHAR',
    guests: 'BIGINT',
    member: 'STRUCT(member_id BIGINT, member_name VARCHAR, photo VARCHAR, other_services MAP(VARCHAR, STRUCT(identifier VARCHAR)))',
    rsvp_id: 'BIGINT',
    mtime: 'BIGINT',
    event: 'STRUCT(event_id VARCHAR, event_name VARCHAR, event_url VARCHAR, "time" BIGINT)',
    "group": 'STRUCT(group_id BIGINT, group_name VARCHAR, group_urlname VARCHAR, group_city VARCHAR, group_state VARCHAR, group_country VARCHAR, group_lat DOUBLE, group_lon DOUBLE, group_topics STRUCT(urlkey VARCHAR, topic_name VARCHAR)[])'
  }
);

CREATE TEMP TABLE ordered AS
SELECT
  rowid AS r, mtime::HUGEINT * 4294967296 + log_offset AS version, member_id, group_id, venue_id, event_id, rsvp_id
FROM parsed;

CREATE TEMP TABLE member_winner AS SELECT arg_max(r, version) AS r FROM ordered GROUP BY member_id;

CREATE TEMP TABLE group_winner AS SELECT arg_max(r, version) AS r FROM ordered GROUP BY group_id;

COPY (
  SELECT member_id, member_name, photo FROM parsed p SEMI JOIN member_winner w ON w.r = p.rowid ORDER BY member_id
) TO (getvariable('out') || '/member.parquet') (FORMAT parquet, COMPRESSION zstd);

COPY (
  SELECT member_id, service.key AS service, service.value.identifier AS identifier
  FROM (
    SELECT member_id, unnest(map_entries(other_services)) AS service
    FROM parsed p SEMI JOIN member_winner w ON w.r = p.rowid
  )
  ORDER BY ALL
) TO (getvariable('out') || '/member_service.parquet') (FORMAT parquet, COMPRESSION zstd);

COPY (
  SELECT
    group_id, group_name, group_urlname, group_city AS city, group_state AS state, group_country AS country,
    group_lat AS lat, group_lon AS lon
  FROM parsed p SEMI JOIN group_winner w ON w.r = p.rowid
  ORDER BY group_id
) TO (getvariable('out') || '/groups.parquet') (FORMAT parquet, COMPRESSION zstd);

COPY (
  SELECT DISTINCT group_id, topic.urlkey AS urlkey
  FROM (SELECT group_id, unnest(group_topics) AS topic FROM parsed p SEMI JOIN group_winner w ON w.r = p.rowid)
  ORDER BY ALL
) TO (getvariable('out') || '/group_topic.parquet') (FORMAT parquet, COMPRESSION zstd);

COPY (
  SELECT topic.urlkey AS urlkey, arg_max(topic.topic_name, version * 65536 + place) AS topic_name
  FROM (
    SELECT
      mtime::HUGEINT * 4294967296 + log_offset AS version, unnest(group_topics) AS topic,
      generate_subscripts(group_topics, 1) AS place
    FROM parsed
  )
  GROUP BY topic.urlkey
  ORDER BY urlkey
) TO (getvariable('out') || '/topic.parquet') (FORMAT parquet, COMPRESSION zstd);

COPY (
  SELECT venue_id, venue_name, lat, lon
  FROM parsed p
  SEMI JOIN (SELECT arg_max(r, version) AS r FROM ordered WHERE venue_id IS NOT NULL GROUP BY venue_id) w ON w.r = p.rowid
  ORDER BY venue_id
) TO (getvariable('out') || '/venue.parquet') (FORMAT parquet, COMPRESSION zstd);

COPY (
  SELECT event_id, event_name, event_url, make_timestamptz(event_time * 1000) AS event_time, group_id, venue_id
  FROM parsed p SEMI JOIN (SELECT arg_max(r, version) AS r FROM ordered GROUP BY event_id) w ON w.r = p.rowid
  ORDER BY event_time, event_id
) TO (getvariable('out') || '/event.parquet') (FORMAT parquet, COMPRESSION zstd);

COPY (
  SELECT rsvp_id, event_id, member_id, response, guests, visibility, make_timestamptz(mtime * 1000) AS mtime
  FROM parsed p SEMI JOIN (SELECT arg_max(r, version) AS r FROM ordered GROUP BY rsvp_id) w ON w.r = p.rowid
  ORDER BY mtime, rsvp_id
) TO (getvariable('out') || '/rsvp.parquet') (FORMAT parquet, COMPRESSION zstd);

COPY (
  SELECT
    rsvp_id, make_timestamptz(mtime * 1000) AS mtime, arg_max(response, log_offset) AS response,
    arg_max(guests, log_offset) AS guests
  FROM parsed
  GROUP BY rsvp_id, parsed.mtime
  ORDER BY mtime, rsvp_id
) TO (getvariable('out') || '/rsvp_change.parquet') (FORMAT parquet, COMPRESSION zstd);

COPY (
  SELECT
    0::INTEGER AS log_partition, log_offset, make_timestamptz(received_at * 1000) AS received_at, rsvp_id,
    make_timestamptz(mtime * 1000) AS mtime, response, guests
  FROM parsed
  ORDER BY mtime, log_offset
) TO (getvariable('out') || '/arrival.parquet') (FORMAT parquet, COMPRESSION zstd);

DROP TABLE parsed;
DROP TABLE ordered;
DROP TABLE member_winner;
DROP TABLE group_winner;
