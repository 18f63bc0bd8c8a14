-- The window begins with the first arrival that moved stream time into it, and holds all later arrivals.
-- If an answer is a day ahead of its record, the producer gave the record's time: then the answer's own time counts,
-- up to stream time.
WITH reaching AS (
  SELECT
    row(received_at, log_partition, log_offset) AS place,
    CASE WHEN mtime > received_at + INTERVAL 1 DAY THEN mtime ELSE least(mtime, received_at) END AS reached
  FROM rsvp.arrival
  WHERE mtime > $stream_time::TIMESTAMPTZ - to_milliseconds($window)
),
first_asked AS (
  SELECT min(place) AS place
  FROM reaching
  WHERE reached > $stream_time::TIMESTAMPTZ - to_milliseconds($window) AND reached <= $stream_time::TIMESTAMPTZ
),
placed AS (
  SELECT
    rsvp_id,
    mtime,
    response,
    guests,
    CASE WHEN mtime > received_at + INTERVAL 1 DAY THEN mtime ELSE least(mtime, received_at) END AS reached,
    row(received_at, log_partition, log_offset) AS place,
    row(mtime, log_partition, log_offset, response, guests) AS version
  FROM arrival
),
asked AS (
  FROM placed WHERE $window IS NULL OR place >= (SELECT place FROM first_asked)
),
timed AS (
  SELECT
    rsvp_id,
    place,
    response,
    epoch_ms(
      max(reached) FILTER (reached <= coalesce($stream_time::TIMESTAMPTZ, 'infinity'))
        OVER (ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ) - epoch_ms(mtime) AS lateness_ms
  FROM asked
),
-- An answer that came only once is the first one. Only the others are compared.
repeated AS (
  SELECT rsvp_id FROM placed WHERE rsvp_id IN (SELECT rsvp_id FROM asked) GROUP BY rsvp_id HAVING count(*) > 1
),
echoed AS (
  SELECT
    *,
    place > min(place) OVER (
      PARTITION BY rsvp_id, response, guests ORDER BY epoch_ms(mtime) RANGE BETWEEN 999 PRECEDING AND 999 FOLLOWING
    ) AS is_echo
  FROM placed
  WHERE rsvp_id IN (FROM repeated)
),
compared AS (
  SELECT
    *,
    max(version) OVER (PARTITION BY rsvp_id ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS held
  FROM echoed
),
judged AS (
  SELECT CASE
    WHEN is_echo THEN 'echo'
    WHEN version < held THEN 'outdated'
    WHEN version[4] <> held[4] OR version[5] <> held[5] THEN 'change'
    ELSE 'confirmed'
  END AS kind
  FROM compared
  WHERE held IS NOT NULL AND ($window IS NULL OR place >= (SELECT place FROM first_asked))
),
repeats AS (
  SELECT
    count(*) AS repeats,
    count(*) FILTER (kind = 'echo') AS echoes,
    count(*) FILTER (kind = 'change') AS changes,
    count(*) FILTER (kind = 'confirmed') AS confirmations,
    count(*) FILTER (kind = 'outdated') AS outdated
  FROM judged
),
arrivals AS (
  SELECT
    count(*) AS events,
    count(DISTINCT rsvp_id) AS rsvps,
    count(*) FILTER (response = 'yes') AS naive_yes,
    count(*) FILTER (lateness_ms > $late_after) AS late,
    max(lateness_ms) FILTER (lateness_ms > $late_after) AS worst_lateness_ms,
    arg_min(rsvp_id, row(-lateness_ms, place)) FILTER (lateness_ms > $late_after) AS worst_late_rsvp_id
  FROM timed
)
SELECT
  events,
  rsvps,
  repeats,
  repeats / nullif(events, 0) AS repeat_share,
  echoes,
  changes,
  confirmations,
  outdated,
  late,
  worst_lateness_ms,
  worst_late_rsvp_id,
  (
    SELECT count(*) FROM rejected
    WHERE $window IS NULL OR $stream_time IS NULL
      OR row(received_at, log_partition, log_offset) >= (SELECT place FROM first_asked)
  ) AS rejected,
  (
    SELECT count(*) FROM rsvp
    WHERE response = 'yes' AND ($window IS NULL OR rsvp_id IN (SELECT rsvp_id FROM asked))
  ) AS yes,
  naive_yes
FROM arrivals, repeats
