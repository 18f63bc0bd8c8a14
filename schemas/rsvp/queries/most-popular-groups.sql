SELECT
  g.group_id,
  g.group_name,
  g.group_urlname,
  g.country,
  g.state,
  g.city,
  count(DISTINCT r.member_id) AS members,
  count(DISTINCT r.event_id) AS events,
  count(*) AS answers,
  count(*) FILTER (r.response = 'yes') AS yes,
  count(*) FILTER (r.response = 'no') AS no,
  coalesce(sum(1 + r.guests) FILTER (r.response = 'yes'), 0)::BIGINT AS heads
FROM rsvp r
JOIN event e USING (event_id)
JOIN groups g USING (group_id)
WHERE ($country IS NULL OR lower(g.country) = lower($country))
  AND ($city IS NULL OR lower(strip_accents(g.city)) = lower(strip_accents($city)))
  AND r.mtime > coalesce($stream_time::TIMESTAMPTZ - to_milliseconds($window), '-infinity'::TIMESTAMPTZ)
  AND ($window IS NULL OR r.mtime <= $stream_time::TIMESTAMPTZ)
GROUP BY ALL
ORDER BY
  CASE $by WHEN 'members' THEN members WHEN 'yes' THEN yes ELSE answers END DESC,
  members DESC, yes DESC, answers DESC, g.group_id
LIMIT $limit
