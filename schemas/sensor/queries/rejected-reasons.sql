SELECT reason, count(*) AS events, max(received_at) AS newest
FROM rejected
GROUP BY reason
ORDER BY events DESC, reason
LIMIT $limit
