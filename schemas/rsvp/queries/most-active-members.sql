chosen AS (
  SELECT
    member_id,
    count(*) AS answers,
    count(*) FILTER (response = 'yes') AS yes,
    count(*) FILTER (response = 'no') AS no,
    max(mtime) AS last_answer
  FROM asked
  GROUP BY member_id
  ORDER BY answers DESC, last_answer DESC, member_id
  LIMIT $limit
),
answered AS (
  SELECT a.member_id, count(DISTINCT e.group_id) AS groups
  FROM asked a
  JOIN event e USING (event_id)
  WHERE a.member_id IN (SELECT member_id FROM chosen)
  GROUP BY a.member_id
)
SELECT
  c.member_id,
  m.member_name,
  c.answers,
  c.yes,
  c.no,
  coalesce(a.groups, 0) AS groups,
  c.last_answer
FROM chosen c
LEFT JOIN member m USING (member_id)
LEFT JOIN answered a USING (member_id)
ORDER BY c.answers DESC, c.last_answer DESC, c.member_id
