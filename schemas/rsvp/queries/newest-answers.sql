chosen AS (
  SELECT rsvp_id, mtime, response, guests, event_id, member_id
  FROM asked
  ORDER BY mtime DESC, rsvp_id DESC
  LIMIT $limit
)
SELECT
  c.mtime,
  m.member_name,
  c.response,
  c.guests,
  e.event_name,
  g.group_name,
  g.city,
  g.country,
  e.event_url,
  c.rsvp_id
FROM chosen c
LEFT JOIN member m USING (member_id)
LEFT JOIN event e USING (event_id)
LEFT JOIN groups g USING (group_id)
ORDER BY c.mtime DESC, c.rsvp_id DESC
