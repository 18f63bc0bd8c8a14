placed AS (
  SELECT country, state, city, round(favg(lat), 4) AS lat, round(favg(lon), 4) AS lon
  FROM groups
  WHERE lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180 AND NOT (lat = 0 AND lon = 0)
  GROUP BY ALL
),
counted AS (
  SELECT
    g.country,
    g.state,
    g.city,
    count(*) FILTER (r.mtime > h.ends) AS answers,
    count(*) FILTER (r.mtime > h.ends AND r.response = 'yes') AS yes,
    count(*) FILTER (r.mtime > h.ends AND r.response = 'no') AS no,
    coalesce(sum(1 + r.guests) FILTER (r.mtime > h.ends AND r.response = 'yes'), 0)::BIGINT AS heads,
    count(DISTINCT r.event_id) FILTER (r.mtime > h.ends) AS events,
    count(DISTINCT e.group_id) FILTER (r.mtime > h.ends) AS groups,
    count(*) FILTER (r.mtime > h.begins AND r.mtime <= h.ends) AS answers_before
  FROM rsvp r
  JOIN event e USING (event_id)
  JOIN groups g USING (group_id)
  CROSS JOIN history h
  WHERE ($country IS NULL OR lower(g.country) = lower($country))
    AND ($city IS NULL OR lower(strip_accents(g.city)) = lower(strip_accents($city)))
    AND r.mtime > $stream_time::TIMESTAMPTZ - to_milliseconds($window + $baseline)
    AND r.mtime <= $stream_time::TIMESTAMPTZ
  GROUP BY g.country, g.state, g.city
)
SELECT
  c.country,
  c.state,
  c.city,
  c.answers,
  c.yes,
  c.no,
  c.heads,
  c.events,
  c.groups,
  round((c.answers / $window) / (nullif(c.answers_before, 0) / nullif(h.ms, 0)), 2) AS change,
  p.lat,
  p.lon
FROM counted c
CROSS JOIN history h
LEFT JOIN placed p
  ON p.country = c.country AND p.city = c.city AND p.state IS NOT DISTINCT FROM c.state
WHERE c.answers > 0
ORDER BY c.answers DESC, c.yes DESC, c.heads DESC, c.country, c.city, c.state
LIMIT $limit
