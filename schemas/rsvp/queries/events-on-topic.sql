-- Names are compared as words of letters, digits, + and #, without case and accents: big-data, Big Data! and BIG DATA are one.
-- Some scripts write no spaces between words, so a topic in them may stand anywhere in a name.
WITH asked AS (
  SELECT
    trim(regexp_replace(lower(strip_accents($topic)), '[^\p{L}\p{N}+#]+', ' ', 'g')) AS words,
    regexp_matches(words, '[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]') AS is_unspaced,
    coalesce($from::TIMESTAMPTZ, $stream_time::TIMESTAMPTZ) AS since
),
topics AS (
  SELECT t.urlkey
  FROM topic t
  CROSS JOIN asked
  WHERE words <> ''
    AND words IN (
      trim(regexp_replace(lower(strip_accents(t.urlkey)), '[^\p{L}\p{N}+#]+', ' ', 'g')),
      trim(regexp_replace(lower(strip_accents(t.topic_name)), '[^\p{L}\p{N}+#]+', ' ', 'g'))
    )
),
found AS (
  SELECT e.*, g.group_name, g.country, g.state, g.city
  FROM event e
  JOIN groups g USING (group_id)
  CROSS JOIN asked
  WHERE ($country IS NULL OR lower(g.country) = lower($country))
    AND ($city IS NULL OR lower(strip_accents(g.city)) = lower(strip_accents($city)))
    AND CASE
      WHEN e.event_time IS NOT NULL THEN e.event_time >= since AND ($to IS NULL OR e.event_time < $to::TIMESTAMPTZ)
      ELSE $from IS NULL AND $to IS NULL
    END
    AND (
      $topic IS NULL
      OR e.group_id IN (SELECT group_id FROM group_topic WHERE urlkey IN (FROM topics))
      -- Splitting a name is slow, so names that cannot match are left out before.
      OR words <> '' AND contains(lower(strip_accents(e.event_name)), split_part(words, ' ', 1)) AND (
        is_unspaced AND contains(lower(strip_accents(e.event_name)), words)
        OR contains(' ' || regexp_replace(lower(strip_accents(e.event_name)), '[^\p{L}\p{N}+#]+', ' ', 'g') || ' ', ' ' || words || ' ')
      )
    )
),
answered AS (
  SELECT event_id, count(*) FILTER (response = 'yes') AS yes
  FROM rsvp
  WHERE event_id IN (SELECT event_id FROM found)
  GROUP BY event_id
)
SELECT
  count(*) OVER () AS events,
  f.event_id,
  f.event_name,
  f.event_url,
  f.event_time,
  coalesce(a.yes, 0) AS yes,
  f.group_name,
  f.country,
  f.state,
  f.city,
  v.venue_name
FROM found f
LEFT JOIN answered a USING (event_id)
LEFT JOIN venue v USING (venue_id)
ORDER BY f.event_time NULLS LAST, yes DESC, f.event_id
LIMIT $limit
