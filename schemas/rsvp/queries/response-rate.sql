WITH asked AS (
  SELECT
    $stream_time::TIMESTAMPTZ AS until,
    CASE
      WHEN $window // $bucket > 10000 THEN error('the window holds more than 10,000 buckets: ask for a longer bucket or a shorter window')
      WHEN $bucket >= 86400000 AND $bucket % 86400000 <> 0 THEN error('a bucket longer than a day is a number of whole days: P2D, P7D')
      ELSE until - to_milliseconds($window)
    END AS since,
    to_days(greatest($bucket // 86400000, 1)::INTEGER) AS days
),
-- Midnights of local days. time_bucket begins weeks on Mondays.
midnights AS (
  SELECT unnest(generate_series(
    time_bucket(days, since AT TIME ZONE $tz),
    time_bucket(days, until AT TIME ZONE $tz) + days,
    days
  )) AS midnight
  FROM asked
),
-- Where clocks are put back over midnight, there are two. The engine takes the second; `earlier` is the first.
instants AS (
  SELECT
    midnight,
    midnight AT TIME ZONE $tz AS instant,
    instant - INTERVAL 3 HOUR AS before,
    (midnight AT TIME ZONE 'UTC') - ((before AT TIME ZONE $tz) - (before AT TIME ZONE 'UTC')) AS earlier
  FROM midnights
),
days AS (
  SELECT DISTINCT CASE WHEN earlier AT TIME ZONE $tz = midnight THEN least(earlier, instant) ELSE instant END AS day
  FROM instants
),
spans AS (
  SELECT day, lead(day) OVER (ORDER BY day) AS next_day FROM days
),
starts AS (
  SELECT unnest(
    CASE WHEN $bucket < 86400000 THEN range(day, next_day, to_milliseconds($bucket)) ELSE [day] END
  ) AS bucket
  FROM spans
),
-- The first bucket is whole, even if the window begins within it.
buckets AS (
  SELECT bucket
  FROM (SELECT bucket, lead(bucket) OVER (ORDER BY bucket) AS next_bucket FROM starts), asked
  WHERE bucket <= until AND (next_bucket IS NULL OR next_bucket > since)
),
-- Empty if no place was chosen: then no answer is looked up.
events_there AS (
  SELECT event_id
  FROM event
  JOIN groups g USING (group_id)
  WHERE ($country IS NOT NULL OR $city IS NOT NULL)
    AND ($country IS NULL OR lower(g.country) = lower($country))
    AND ($city IS NULL OR lower(strip_accents(g.city)) = lower(strip_accents($city)))
),
answers AS (
  SELECT b.bucket, count(*) FILTER (r.response = 'yes') AS yes, count(*) FILTER (r.response = 'no') AS no
  FROM (
    SELECT response, mtime FROM rsvp
    WHERE mtime > $stream_time::TIMESTAMPTZ - to_milliseconds($window + $bucket + 86400000) AND mtime <= $stream_time::TIMESTAMPTZ
      AND ($country IS NULL AND $city IS NULL OR event_id IN (FROM events_there))
  ) r
  ASOF JOIN buckets b ON r.mtime >= b.bucket
  GROUP BY b.bucket
)
SELECT bucket, coalesce(yes, 0) AS yes, coalesce(no, 0) AS no
FROM buckets LEFT JOIN answers USING (bucket)
ORDER BY bucket
