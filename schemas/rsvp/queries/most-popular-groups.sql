counted AS (
  SELECT
    event_id,
    count(*) AS answers,
    count(*) FILTER (response = 'yes') AS yes,
    count(*) FILTER (response = 'no') AS no,
    coalesce(sum(1 + guests) FILTER (response = 'yes'), 0) AS heads
  FROM asked
  GROUP BY event_id
),
summed AS (
  SELECT
    e.group_id,
    count(*) AS events,
    sum(c.answers)::BIGINT AS answers,
    sum(c.yes)::BIGINT AS yes,
    sum(c.no)::BIGINT AS no,
    sum(c.heads)::BIGINT AS heads
  FROM counted c
  JOIN event e USING (event_id)
  GROUP BY e.group_id
),
-- Pairs of group and member are by far the most rows: they hold numbers only.
joined AS (
  SELECT group_id, count(*) AS members
  FROM (SELECT DISTINCT e.group_id, a.member_id FROM asked a JOIN event e USING (event_id))
  WHERE member_id IS NOT NULL
  GROUP BY group_id
)
SELECT
  g.group_id,
  g.group_name,
  g.group_urlname,
  g.country,
  g.state,
  g.city,
  coalesce(j.members, 0) AS members,
  s.events,
  s.answers,
  s.yes,
  s.no,
  s.heads
FROM summed s
JOIN groups g USING (group_id)
LEFT JOIN joined j USING (group_id)
ORDER BY
  CASE $by WHEN 'members' THEN members WHEN 'yes' THEN yes ELSE answers END DESC,
  members DESC, yes DESC, answers DESC, g.group_id
LIMIT $limit
