-- Per room first: a room with many sensors counts as much as one with a single one.
-- Rounded twice, because the last bit of a mean depends on the order of the rows, and a tie may turn on it.
WITH rooms AS (
  SELECT time_bucket(to_milliseconds($bucket), ts, TIMESTAMPTZ 'epoch') AS bucket, room, round(favg(temperature_c), 6) AS temperature_c
  FROM reading
  WHERE ts > $stream_time::TIMESTAMPTZ - to_milliseconds($window)
    AND ts <= $stream_time::TIMESTAMPTZ
    AND ($room IS NULL OR room = $room)
  GROUP BY ALL
)
SELECT
  bucket,
  round(min(temperature_c), 2) AS coldest,
  round(round(favg(temperature_c), 6), 2) AS average,
  round(max(temperature_c), 2) AS warmest,
  count(*) AS rooms
FROM rooms
GROUP BY bucket
ORDER BY bucket
