SELECT
  r.event_id,
  e.event_name,
  e.event_url,
  e.event_time,
  g.group_name,
  g.country,
  g.state,
  g.city,
  count(*) AS answers,
  count(*) FILTER (r.response = 'yes') AS yes,
  count(*) FILTER (r.response = 'no') AS no,
  coalesce(sum(1 + r.guests) FILTER (r.response = 'yes'), 0)::BIGINT AS heads,
  max(r.mtime) AS last_answer
FROM rsvp r
LEFT JOIN event e USING (event_id)
LEFT JOIN groups g USING (group_id)
WHERE ($country IS NULL OR lower(g.country) = lower($country))
  AND ($city IS NULL OR lower(strip_accents(g.city)) = lower(strip_accents($city)))
  AND r.mtime > coalesce($stream_time::TIMESTAMPTZ - to_milliseconds($window), '-infinity'::TIMESTAMPTZ)
  AND ($window IS NULL OR r.mtime <= $stream_time::TIMESTAMPTZ)
GROUP BY ALL
ORDER BY answers DESC, yes DESC, heads DESC, last_answer DESC, r.event_id
LIMIT $limit
