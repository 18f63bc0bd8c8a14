SELECT
  time_bucket(to_milliseconds($bucket), ts, TIMESTAMPTZ 'epoch') AS bucket,
  room,
  round(favg(temperature_c), 2) AS temperature_c,
  round(favg(humidity), 1) AS humidity,
  count(*) AS readings
FROM reading
WHERE ts > $stream_time::TIMESTAMPTZ - to_milliseconds($window)
  AND ts <= $stream_time::TIMESTAMPTZ
  AND ($room IS NULL OR room = $room)
GROUP BY ALL
ORDER BY bucket DESC, room
LIMIT $limit
