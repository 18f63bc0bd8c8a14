chosen AS (
  SELECT
    event_id,
    count(*) AS answers,
    count(*) FILTER (response = 'yes') AS yes,
    count(*) FILTER (response = 'no') AS no,
    coalesce(sum(1 + guests) FILTER (response = 'yes'), 0)::BIGINT AS heads,
    max(mtime) AS last_answer
  FROM asked
  GROUP BY event_id
  ORDER BY answers DESC, yes DESC, heads DESC, last_answer DESC, event_id
  LIMIT $limit
)
SELECT
  c.event_id,
  e.event_name,
  e.event_url,
  e.event_time,
  g.group_name,
  g.country,
  g.state,
  g.city,
  c.answers,
  c.yes,
  c.no,
  c.heads,
  c.last_answer
FROM chosen c
LEFT JOIN event e USING (event_id)
LEFT JOIN groups g USING (group_id)
ORDER BY c.answers DESC, c.yes DESC, c.heads DESC, c.last_answer DESC, c.event_id
