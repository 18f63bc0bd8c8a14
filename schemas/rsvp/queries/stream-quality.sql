-- The window begins with the first arrival that moved stream time into it, and holds all later arrivals.
-- If an answer is a day ahead of its record, the producer gave the record's time: then the answer's own time counts,
-- up to stream time.
WITH reaching AS (
  SELECT
    row(received_at, log_partition, log_offset) AS place,
    CASE WHEN epoch_us(mtime) - epoch_us(received_at) > 86_400_000_000 THEN mtime ELSE least(mtime, received_at) END AS reached
  FROM rsvp.arrival
  WHERE mtime > $stream_time::TIMESTAMPTZ - to_milliseconds($window)
),
first_asked AS (
  SELECT min(place) AS place
  FROM reaching
  WHERE reached > $stream_time::TIMESTAMPTZ - to_milliseconds($window) AND reached <= $stream_time::TIMESTAMPTZ
),
asked AS (
  SELECT
    rsvp_id,
    mtime,
    response,
    received_at,
    log_partition,
    log_offset,
    CASE WHEN epoch_us(mtime) - epoch_us(received_at) > 86_400_000_000 THEN mtime ELSE least(mtime, received_at) END AS reached
  FROM arrival
  WHERE $window IS NULL
    OR received_at >= (SELECT place[1] FROM first_asked)
      AND row(received_at, log_partition, log_offset) >= (SELECT place FROM first_asked)
),
timed AS (
  SELECT
    rsvp_id,
    received_at,
    log_partition,
    log_offset,
    response,
    epoch_ms(
      max(reached) FILTER (reached <= coalesce($stream_time::TIMESTAMPTZ, 'infinity'))
        OVER (ORDER BY received_at, log_partition, log_offset ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ) - epoch_ms(mtime) AS lateness_ms
  FROM asked
),
worst AS (
  SELECT rsvp_id AS worst_late_rsvp_id, lateness_ms AS worst_lateness_ms
  FROM timed
  WHERE lateness_ms > $late_after
  ORDER BY lateness_ms DESC, received_at, log_partition, log_offset
  LIMIT 1
),
-- How often each answer that is asked about has ever come. Without a window all are asked about.
asked_answers AS (
  SELECT rsvp_id, count(*) AS arrivals FROM asked WHERE $window IS NULL GROUP BY rsvp_id
  UNION ALL
  SELECT rsvp_id, count(*) AS arrivals
  FROM arrival
  WHERE $window IS NOT NULL AND rsvp_id IN (SELECT rsvp_id FROM asked)
  GROUP BY rsvp_id
),
-- An answer that came only once is the first one. Only the others are compared, by numbers: `nth` is an
-- arrival's number among those of its answer as they came, `version` its number from the oldest version to the newest.
repeated AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY rsvp_id ORDER BY received_at, log_partition, log_offset) AS nth,
    row_number() OVER (PARTITION BY rsvp_id ORDER BY mtime, log_partition, log_offset) AS version
  FROM arrival
  WHERE rsvp_id IN (SELECT rsvp_id FROM asked_answers WHERE arrivals > 1)
),
compared AS (
  SELECT
    *,
    nth > min(nth) OVER (
      PARTITION BY rsvp_id, response, guests ORDER BY epoch_ms(mtime) RANGE BETWEEN 999 PRECEDING AND 999 FOLLOWING
    ) AS is_echo,
    max(version) OVER before AS held,
    arg_max_null(response, version) OVER before AS held_response,
    arg_max_null(guests, version) OVER before AS held_guests
  FROM repeated
  WINDOW before AS (PARTITION BY rsvp_id ORDER BY nth ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
judged AS (
  SELECT CASE
    WHEN is_echo THEN 'echo'
    WHEN version < held THEN 'outdated'
    WHEN response <> held_response OR guests <> held_guests THEN 'change'
    ELSE 'confirmed'
  END AS kind
  FROM compared
  WHERE nth > 1
    AND ($window IS NULL OR row(received_at, log_partition, log_offset) >= (SELECT place FROM first_asked))
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
    count(*) FILTER (response = 'yes') AS naive_yes,
    count(*) FILTER (lateness_ms > $late_after) AS late
  FROM timed
)
SELECT
  events,
  (SELECT count(*) FROM asked_answers) AS rsvps,
  repeats,
  repeats / nullif(events, 0) AS repeat_share,
  echoes,
  changes,
  confirmations,
  outdated,
  late,
  (SELECT worst_lateness_ms FROM worst) AS worst_lateness_ms,
  (SELECT worst_late_rsvp_id FROM worst) AS worst_late_rsvp_id,
  (
    SELECT count(*) FROM rejected
    WHERE $window IS NULL OR $stream_time IS NULL
      OR row(received_at, log_partition, log_offset) >= (SELECT place FROM first_asked)
  ) AS rejected,
  (SELECT count(*) FROM rsvp WHERE $window IS NULL AND response = 'yes')
    + (
      SELECT count(*) FROM rsvp
      WHERE $window IS NOT NULL AND response = 'yes' AND rsvp_id IN (SELECT rsvp_id FROM asked_answers)
    ) AS yes,
  naive_yes
FROM arrivals, repeats
