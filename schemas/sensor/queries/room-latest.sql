-- A sensor counts for the room it was last seen in.
WITH newest AS (
  SELECT sensor_id, max_by(row(room, ts, temperature_c, humidity), row(ts, seq)) AS last
  FROM reading
  WHERE $window IS NULL OR ts > $stream_time::TIMESTAMPTZ - to_milliseconds($window)
  GROUP BY sensor_id
)
SELECT
  last[1] AS room,
  round(favg(last[3]) FILTER (NOT is_silent), 2) AS temperature_c,
  round(favg(last[4]) FILTER (NOT is_silent), 1) AS humidity,
  max(last[2]) AS last_reading_at,
  epoch_ms($stream_time::TIMESTAMPTZ) - epoch_ms(max(last[2])) AS age_ms,
  count(*) AS sensors,
  count(*) FILTER (is_silent) AS silent_sensors
FROM (
  SELECT *, last[2] < $stream_time::TIMESTAMPTZ - to_milliseconds($silent_after) AS is_silent FROM newest
)
WHERE $room IS NULL OR last[1] = $room
GROUP BY last[1]
ORDER BY room
LIMIT $limit
