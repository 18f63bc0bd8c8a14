SELECT
  g.country,
  g.city,
  count(*) FILTER (r.response = 'yes') AS yes,
  count(*) FILTER (r.response = 'no') AS no,
  coalesce(sum(1 + r.guests) FILTER (r.response = 'yes'), 0)::BIGINT AS heads
FROM rsvp r
JOIN event e USING (event_id)
JOIN groups g USING (group_id)
WHERE ($country IS NULL OR lower(g.country) = lower($country))
  AND ($city IS NULL OR lower(strip_accents(g.city)) = lower(strip_accents($city)))
GROUP BY g.country, g.city
ORDER BY yes DESC, heads DESC, g.country, g.city
LIMIT $limit
