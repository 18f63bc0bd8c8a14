-- A sensor counts for the room of its newest reading.
-- Rounded twice, because the last bit of a mean depends on the order of the rows and may decide a tie.
WITH newest AS (
  SELECT sensor_id, max_by(row(room, ts, temperature_c, humidity), row(ts, seq)) AS last
  FROM reading
  WHERE ts > $stream_time::TIMESTAMPTZ - to_milliseconds($window)
    AND ts <= $stream_time::TIMESTAMPTZ
  GROUP BY sensor_id
)
SELECT
  last[1] AS room,
  round(round(favg(last[3]) FILTER (NOT is_silent), 6), 2) AS temperature_c,
  round(round(favg(last[4]) FILTER (NOT is_silent), 6), 1) AS humidity,
  max(last[2]) AS last_reading_at,
  epoch_ms($stream_time::TIMESTAMPTZ) - epoch_ms(max(last[2])) AS age_ms,
  count(*) AS sensors,
  count(*) FILTER (is_silent) AS silent_sensors
FROM (
  -- As in windows, a reading exactly as old as the span is outside of it.
  SELECT *, last[2] <= $stream_time::TIMESTAMPTZ - to_milliseconds($silent_after) AS is_silent FROM newest
)
WHERE $room IS NULL OR last[1] = $room
GROUP BY last[1]
ORDER BY room
LIMIT $limit
