SELECT room AS value, last_reading_at
FROM room
WHERE $text IS NULL OR starts_with(lower(room), lower($text))
ORDER BY value
LIMIT $limit
