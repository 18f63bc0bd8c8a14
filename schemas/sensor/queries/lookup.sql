SELECT room AS value, last_reading_at
FROM room
WHERE $text IS NULL OR starts_with(lower(strip_accents(room)), lower(strip_accents(trim($text))))
ORDER BY value
LIMIT $limit
