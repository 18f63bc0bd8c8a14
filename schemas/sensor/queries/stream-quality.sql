-- If a reading is a minute ahead of its record, the producer gave the record's time: then the reading's own time counts,
-- up to stream time.
WITH placed AS (
  SELECT *, CASE WHEN epoch_us(ts) - epoch_us(received_at) > 60_000_000 THEN ts ELSE least(ts, received_at) END AS reached
  FROM arrival
),
timed AS (
  SELECT
    sensor_id,
    seq,
    temperature_c,
    humidity,
    row_number() OVER (PARTITION BY sensor_id, seq ORDER BY received_at, log_partition, log_offset) > 1 AS is_repeat,
    epoch_ms(
      max(reached) FILTER (reached <= coalesce($stream_time::TIMESTAMPTZ, 'infinity'))
        OVER (ORDER BY received_at, log_partition, log_offset ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ) - epoch_ms(ts) AS lateness_ms,
    lag(row(temperature_c, humidity)) OVER (
      PARTITION BY sensor_id, seq ORDER BY received_at, log_partition, log_offset
    ) IS DISTINCT FROM row(temperature_c, humidity) AS is_new
  FROM placed
)
SELECT
  count(*) AS events,
  count(*) FILTER (NOT is_repeat) AS readings,
  count(*) FILTER (is_repeat AND NOT is_new) AS repeats,
  count(*) FILTER (is_repeat AND is_new) AS corrections,
  count(*) FILTER (lateness_ms > $late_after) AS late,
  coalesce(max(lateness_ms) FILTER (lateness_ms > $late_after), 0) AS worst_lateness_ms,
  (SELECT count(*) FROM rejected) AS rejected
FROM timed
