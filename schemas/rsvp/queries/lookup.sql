-- If no name contains the text, the most similar names are returned: somebody may have mistyped.
WITH named AS (
  SELECT city AS value, country AS detail, count(*) AS count
  FROM groups
  WHERE $kind = 'city'
  GROUP BY city, country
  UNION ALL
  SELECT country, NULL, count(*) FROM groups WHERE $kind = 'country' GROUP BY country
  UNION ALL
  SELECT t.topic_name, t.urlkey, count(gt.group_id)
  FROM topic t
  LEFT JOIN group_topic gt USING (urlkey)
  WHERE $kind = 'topic'
  GROUP BY t.topic_name, t.urlkey
  UNION ALL
  SELECT g.group_name, g.group_urlname, count(e.event_id)
  FROM groups g
  LEFT JOIN event e USING (group_id)
  WHERE $kind = 'group'
  GROUP BY g.group_id, g.group_name, g.group_urlname
),
folded AS (
  SELECT *, lower(strip_accents(value)) AS name, lower(strip_accents(trim(coalesce($text, '')))) AS text
  FROM named
),
compared AS (
  SELECT
    *,
    starts_with(name, text) AS has_first,
    has_first OR contains(name, ' ' || text) AS has_text,
    CASE WHEN bool_or(has_text) OVER () THEN 0 ELSE jaro_winkler_similarity(name, text) END AS similarity
  FROM folded
)
SELECT value, detail, count
FROM compared
WHERE has_text OR similarity >= 0.85
ORDER BY has_first DESC, similarity DESC, count DESC, value, detail
LIMIT $limit
