-- The median of the first and of the last fifth of the window: a single spike is no change.
WITH asked AS (
  SELECT
    $stream_time::TIMESTAMPTZ - to_milliseconds($window) AS since,
    since + to_milliseconds($window // 5) AS first_until,
    $stream_time::TIMESTAMPTZ - to_milliseconds($window // 5) AS last_since
),
measured AS (
  SELECT
    room,
    median(temperature_c) FILTER (ts <= first_until) AS before_c,
    median(temperature_c) FILTER (ts > last_since) AS now_c,
    count(*) AS readings
  FROM reading, asked
  WHERE ts > $stream_time::TIMESTAMPTZ - to_milliseconds($window)
    AND ts <= $stream_time::TIMESTAMPTZ
    AND ($room IS NULL OR room = $room)
  GROUP BY room
)
SELECT room, round(before_c, 2) AS before_c, round(now_c, 2) AS now_c, round(now_c - before_c, 2) AS change_c, readings
FROM measured
WHERE abs(now_c - before_c) > $more_than
ORDER BY abs(now_c - before_c) DESC, room
LIMIT $limit
