SELECT
  r.mtime,
  m.member_name,
  r.response,
  r.guests,
  e.event_name,
  g.group_name,
  g.city,
  g.country,
  e.event_url,
  r.rsvp_id
FROM rsvp r
LEFT JOIN member m USING (member_id)
LEFT JOIN event e USING (event_id)
LEFT JOIN groups g USING (group_id)
WHERE ($country IS NULL OR lower(g.country) = lower($country))
  AND ($city IS NULL OR lower(strip_accents(g.city)) = lower(strip_accents($city)))
  AND r.mtime > coalesce($stream_time::TIMESTAMPTZ - to_milliseconds($window), '-infinity'::TIMESTAMPTZ)
  AND ($window IS NULL OR r.mtime <= $stream_time::TIMESTAMPTZ)
ORDER BY r.mtime DESC, r.rsvp_id DESC
LIMIT $limit
