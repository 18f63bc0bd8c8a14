-- History reaches from `begins` to the beginning of the window. It begins where the oldest twentieth of all answers asked
-- for ends: a few answers that came weeks late do not stretch the history of a young stream.
WITH history AS (
  SELECT
    $stream_time::TIMESTAMPTZ - to_milliseconds($window) AS ends,
    least(quantile_disc(mtime, 0.05), ends) AS begins,
    epoch_ms(ends) - epoch_ms(begins) AS ms
  FROM rsvp
  WHERE mtime > $stream_time::TIMESTAMPTZ - to_milliseconds($window + $baseline)
    AND mtime <= $stream_time::TIMESTAMPTZ
),
