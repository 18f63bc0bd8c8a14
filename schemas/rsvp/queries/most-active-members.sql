SELECT
  m.member_id,
  m.member_name,
  count(*) AS answers,
  count(*) FILTER (r.response = 'yes') AS yes,
  count(*) FILTER (r.response = 'no') AS no,
  max(r.mtime) AS last_answer
FROM rsvp r
JOIN member m USING (member_id)
JOIN event e USING (event_id)
JOIN groups g USING (group_id)
WHERE $country IS NULL OR g.country = lower($country)
GROUP BY m.member_id, m.member_name
ORDER BY answers DESC, last_answer DESC, m.member_id
LIMIT $limit
