keyed AS (
  SELECT group_id, {'country': country, 'state': state, 'city': city} AS key
  FROM groups
  WHERE ($country IS NULL OR lower(country) = lower($country))
    AND ($city IS NULL OR lower(strip_accents(city)) = lower(strip_accents($city)))
),
