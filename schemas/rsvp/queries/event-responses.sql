SELECT
  e.event_id,
  e.event_name,
  e.event_url,
  e.event_time,
  count(*) FILTER (r.response = 'yes') AS yes,
  count(*) FILTER (r.response = 'no') AS no,
  coalesce(sum(1 + r.guests) FILTER (r.response = 'yes'), 0)::BIGINT AS heads,
  g.group_name,
  g.country,
  g.state,
  g.city,
  g.lat AS group_lat,
  g.lon AS group_lon,
  v.venue_name,
  v.lat AS venue_lat,
  v.lon AS venue_lon
FROM rsvp r
JOIN event e USING (event_id)
JOIN groups g USING (group_id)
LEFT JOIN venue v USING (venue_id)
WHERE ($country IS NULL OR g.country = lower($country))
  AND ($city IS NULL OR lower(g.city) = lower($city))
  AND ($event_id IS NULL OR e.event_id = $event_id)
GROUP BY ALL
ORDER BY yes DESC, no DESC, e.event_id
LIMIT $limit
