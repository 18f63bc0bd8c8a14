-- History is the time from `begins` to `ends`, where the window begins. The oldest twentieth of the answers lies before
-- `begins`, so that a few answers that came weeks late do not stretch the history of a young stream.
WITH history AS (
  SELECT
    $stream_time::TIMESTAMPTZ - to_milliseconds($window) AS ends,
    least(quantile_disc(mtime, 0.05), ends) AS begins,
    epoch_ms(ends) - epoch_ms(begins) AS ms
  FROM rsvp
  WHERE mtime > $stream_time::TIMESTAMPTZ - to_milliseconds($window + $baseline)
    AND mtime <= $stream_time::TIMESTAMPTZ
),
