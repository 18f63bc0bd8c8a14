SELECT
  r.member_id,
  m.member_name,
  count(*) AS answers,
  count(*) FILTER (r.response = 'yes') AS yes,
  count(*) FILTER (r.response = 'no') AS no,
  count(DISTINCT e.group_id) AS groups,
  max(r.mtime) AS last_answer
FROM rsvp r
LEFT JOIN member m USING (member_id)
LEFT JOIN event e USING (event_id)
LEFT JOIN groups g USING (group_id)
WHERE ($country IS NULL OR lower(g.country) = lower($country))
  AND ($city IS NULL OR lower(strip_accents(g.city)) = lower(strip_accents($city)))
  AND r.mtime > coalesce($stream_time::TIMESTAMPTZ - to_milliseconds($window), '-infinity'::TIMESTAMPTZ)
  AND ($window IS NULL OR r.mtime <= $stream_time::TIMESTAMPTZ)
GROUP BY r.member_id, m.member_name
ORDER BY answers DESC, last_answer DESC, r.member_id
LIMIT $limit
