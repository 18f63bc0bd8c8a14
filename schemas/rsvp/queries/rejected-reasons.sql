-- As in stream-quality, the window begins with the first arrival that moved stream time into it.
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
reasons AS (
  SELECT
    reason,
    count(*) AS events,
    max(received_at) AS newest,
    arg_max(value, row(received_at, log_partition, log_offset)) AS value
  FROM rejected
  WHERE $window IS NULL OR $stream_time IS NULL
    OR row(received_at, log_partition, log_offset) >= (SELECT place FROM first_asked)
  GROUP BY reason
)
SELECT
  reason,
  events,
  newest,
  left(coalesce(try(decode(value)), value::VARCHAR), 200) AS sample,
  octet_length(value) AS sample_bytes
FROM reasons
ORDER BY events DESC, newest DESC, reason
LIMIT $limit
