WITH counted AS (
  SELECT
    event_id,
    count(*) FILTER (response = 'yes') AS yes,
    count(*) FILTER (response = 'no') AS no,
    coalesce(sum(1 + guests) FILTER (response = 'yes'), 0)::BIGINT AS heads
  FROM rsvp
  WHERE $event_id IS NULL OR event_id = $event_id
  GROUP BY event_id
)
SELECT
  e.event_id,
  e.event_name,
  e.event_url,
  e.event_time,
  c.yes,
  c.no,
  c.heads,
  g.group_name,
  g.country,
  g.state,
  g.city,
  g.lat AS group_lat,
  g.lon AS group_lon,
  v.venue_name,
  v.lat AS venue_lat,
  v.lon AS venue_lon,
  -- The position that Meetup gave to events online.
  coalesce(abs(v.lat - -8.521147) < 0.0001 AND abs(v.lon - 179.1962) < 0.0001, false) AS online
FROM counted c
JOIN event e USING (event_id)
JOIN groups g USING (group_id)
LEFT JOIN venue v USING (venue_id)
WHERE ($country IS NULL OR lower(g.country) = lower($country))
  AND ($city IS NULL OR lower(strip_accents(g.city)) = lower(strip_accents($city)))
ORDER BY c.yes DESC, c.no DESC, e.event_id
LIMIT $limit
