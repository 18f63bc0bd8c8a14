-- Rounded twice, because the last bit of a mean depends on the order of the rows and may decide a tie.
SELECT
  time_bucket(to_milliseconds($bucket), ts, TIMESTAMPTZ 'epoch') AS bucket,
  room,
  round(round(favg(temperature_c), 6), 2) AS temperature_c,
  round(round(favg(humidity), 6), 1) AS humidity,
  count(*) AS readings
FROM reading
WHERE ts > $stream_time::TIMESTAMPTZ - to_milliseconds($window)
  AND ts <= $stream_time::TIMESTAMPTZ
  AND ($room IS NULL OR room = $room)
GROUP BY ALL
ORDER BY bucket DESC, room
LIMIT $limit
