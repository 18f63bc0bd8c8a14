-- Per room first: a room with many sensors counts as much as one with a single one.
WITH rooms AS (
  SELECT time_bucket(to_milliseconds($bucket), ts, TIMESTAMPTZ 'epoch') AS bucket, room, favg(temperature_c) AS temperature_c
  FROM reading
  WHERE ts > $stream_time::TIMESTAMPTZ - to_milliseconds($window)
    AND ts <= $stream_time::TIMESTAMPTZ
    AND ($room IS NULL OR room = $room)
  GROUP BY ALL
)
SELECT
  bucket,
  round(min(temperature_c), 2) AS coldest,
  round(favg(temperature_c), 2) AS average,
  round(max(temperature_c), 2) AS warmest,
  count(*) AS rooms
FROM rooms
GROUP BY bucket
ORDER BY bucket
