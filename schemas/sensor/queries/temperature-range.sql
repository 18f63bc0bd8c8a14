-- Per room first, so that all rooms count alike, however many sensors they have.
-- Rounded twice, because the last bit of a mean depends on the order of the rows and may decide a tie.
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
