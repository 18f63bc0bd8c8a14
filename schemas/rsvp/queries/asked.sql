-- The events of the place that was chosen. Empty if no place was chosen: then answers of all events count.
WITH events_there AS (
  SELECT event_id
  FROM event
  JOIN groups g USING (group_id)
  WHERE ($country IS NOT NULL OR $city IS NOT NULL)
    AND ($country IS NULL OR lower(g.country) = lower($country))
    AND ($city IS NULL OR lower(strip_accents(g.city)) = lower(strip_accents($city)))
),
asked AS (
  FROM rsvp
  WHERE mtime > coalesce($stream_time::TIMESTAMPTZ - to_milliseconds($window), '-infinity'::TIMESTAMPTZ)
    AND ($window IS NULL OR mtime <= $stream_time::TIMESTAMPTZ)
    AND ($country IS NULL AND $city IS NULL OR event_id IN (FROM events_there))
),
