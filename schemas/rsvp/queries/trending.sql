-- score = log2((n + 1/2) / (E + 1/2)) - 3.3 (n + 1/2)^(-1/2) - 2 (n + 1/2)^(-3/2), for n answers now where E were expected:
-- the lower end of the 95 % credible interval of the shrunken observed-to-expected ratio, E taken as known, after Norén,
-- Hopstadius and Bate, "Shrinkage observed-to-expected ratios for robust and transparent large-scale pattern discovery",
-- Stat Methods Med Res 22 (2013) 57-69. Few answers score low however rare they were before; a score above 0 says that more
-- came than expected, by a factor of at least 2^score.
-- E = (b + 1/2) window / history, for b answers in the history: the mean that Jeffreys' prior gives a Poisson rate. The shorter
-- the history, the more its half answer weighs, so that hardly any history makes nothing rise.
counted AS (
  SELECT
    e.group_id,
    count(*) FILTER (r.mtime > h.ends) AS now_count,
    count(*) FILTER (r.mtime > h.begins AND r.mtime <= h.ends) AS baseline_count
  FROM rsvp r
  JOIN event e USING (event_id)
  CROSS JOIN history h
  WHERE r.response = 'yes'
    AND r.mtime > $stream_time::TIMESTAMPTZ - to_milliseconds($window + $baseline)
    AND r.mtime <= $stream_time::TIMESTAMPTZ
  GROUP BY e.group_id
),
measured AS (
  SELECT
    key,
    sum(now_count)::BIGINT AS now_count,
    sum(baseline_count)::BIGINT AS baseline_count,
    count(*) FILTER (now_count > 0) AS groups
  FROM counted
  JOIN keyed USING (group_id)
  GROUP BY key
),
scored AS (
  SELECT
    m.*,
    h.ms AS baseline_ms,
    now_count + 0.5::DOUBLE AS n,
    (baseline_count + 0.5::DOUBLE) * $window / baseline_ms AS expected,
    log2(n / (expected + 0.5)) - 3.3 / sqrt(n) - 2 / (n * sqrt(n)) AS score
  FROM measured m
  CROSS JOIN history h
  WHERE h.ms > 0
)
SELECT
  key.*,
  round(score, 3) AS score,
  round(now_count * 3600000 / $window, 2) AS rate_now,
  round(expected * 3600000 / $window, 2) AS expected_rate,
  now_count,
  baseline_count,
  groups,
  baseline_ms
FROM scored
WHERE now_count > expected AND groups >= $groups
ORDER BY scored.score DESC, now_count DESC, key
LIMIT $limit
