-- Per sensor, the medians of the first and of the last fifth of the window, so that a single spike is no change. Per room,
-- the means of the sensors that have both, so that a sensor that begins or ends to report is no change either.
WITH asked AS (
  SELECT
    $stream_time::TIMESTAMPTZ - to_milliseconds($window) AS since,
    since + to_milliseconds($window // 5) AS first_until,
    $stream_time::TIMESTAMPTZ - to_milliseconds($window // 5) AS last_since
),
sensors AS (
  SELECT
    room,
    median(temperature_c) FILTER (ts <= first_until) AS first_c,
    median(temperature_c) FILTER (ts > last_since) AS last_c,
    count(*) AS readings
  FROM reading, asked
  WHERE ts > $stream_time::TIMESTAMPTZ - to_milliseconds($window)
    AND ts <= $stream_time::TIMESTAMPTZ
    AND ($room IS NULL OR room = $room)
  GROUP BY room, sensor_id
),
rooms AS (
  SELECT
    room,
    -- Rounded twice, because the last bit of a mean depends on the order of the rows and may decide a tie.
    round(favg(first_c) FILTER (last_c IS NOT NULL), 6) AS before_mean,
    round(favg(last_c) FILTER (first_c IS NOT NULL), 6) AS now_mean,
    sum(readings)::BIGINT AS readings
  FROM sensors
  GROUP BY room
)
SELECT
  room,
  round(before_mean, 2) AS before_c,
  round(now_mean, 2) AS now_c,
  round(now_mean - before_mean, 2) AS change_c,
  readings
FROM rooms
-- The rounded value decides, since 1.1 - 0.8 is more than 0.3 in floating point.
WHERE abs(change_c) > $more_than
ORDER BY abs(change_c) DESC, room
LIMIT $limit
