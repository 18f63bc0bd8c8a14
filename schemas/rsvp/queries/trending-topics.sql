keyed AS (
  SELECT group_id, {'urlkey': urlkey, 'topic_name': topic_name} AS key
  FROM group_topic
  JOIN groups USING (group_id)
  LEFT JOIN topic USING (urlkey)
  WHERE ($country IS NULL OR lower(country) = lower($country))
    AND ($city IS NULL OR lower(strip_accents(city)) = lower(strip_accents($city)))
),
