-- A venue without a position takes its group's. A city's position is the median, which one venue far away does not move.
WITH placed AS (
  SELECT
    g.country,
    g.state,
    g.city,
    r.response,
    r.event_id,
    coalesce(v.lat BETWEEN -90 AND 90 AND v.lon BETWEEN -180 AND 180 AND NOT (v.lat = 0 AND v.lon = 0), false) AS is_at_venue,
    CASE WHEN is_at_venue THEN v.lat ELSE g.lat END AS lat,
    CASE WHEN is_at_venue THEN v.lon ELSE g.lon END AS lon
  FROM rsvp r
  JOIN event e USING (event_id)
  JOIN groups g USING (group_id)
  LEFT JOIN venue v USING (venue_id)
  WHERE ($country IS NULL OR lower(g.country) = lower($country))
    AND ($city IS NULL OR lower(strip_accents(g.city)) = lower(strip_accents($city)))
    AND r.mtime > coalesce($stream_time::TIMESTAMPTZ - to_milliseconds($window), '-infinity'::TIMESTAMPTZ)
    AND ($window IS NULL OR r.mtime <= $stream_time::TIMESTAMPTZ)
    -- The position that Meetup gave to events online.
    AND NOT coalesce(abs(v.lat - -8.521147) < 0.0001 AND abs(v.lon - 179.1962) < 0.0001, false)
)
SELECT
  country,
  state,
  city,
  count(*) AS answers,
  count(*) FILTER (response = 'yes') AS yes,
  count(*) FILTER (response = 'no') AS no,
  count(DISTINCT event_id) AS events,
  round(median(lat), 5) AS lat,
  round(median(lon), 5) AS lon
FROM placed
WHERE lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180 AND NOT (lat = 0 AND lon = 0)
GROUP BY country, state, city
ORDER BY answers DESC, yes DESC, country, city, state
LIMIT $limit
