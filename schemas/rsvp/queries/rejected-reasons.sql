-- The window begins with the first arrival that brought stream time into it, as in stream-quality.
WITH first_asked AS (
  SELECT min(row(received_at, log_partition, log_offset)) AS place
  FROM rsvp.arrival
  WHERE mtime > $stream_time::TIMESTAMPTZ - to_milliseconds($window)
    AND received_at > $stream_time::TIMESTAMPTZ - to_milliseconds($window)
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
