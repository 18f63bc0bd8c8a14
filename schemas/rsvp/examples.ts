import type { Example } from '../declare/dataset.ts'

export const examples: readonly Example[] = [
  {
    title: 'Where people say yes',
    sql: `SELECT g.city, g.country, count(*) AS yes, sum(1 + r.guests) AS heads
FROM rsvp r JOIN event e USING (event_id) JOIN groups g USING (group_id)
WHERE r.response = 'yes'
GROUP BY ALL
ORDER BY yes DESC, city
LIMIT 20`,
  },
  {
    title: 'Yes and no, minute by minute',
    sql: `SELECT time_bucket(INTERVAL 1 MINUTE, mtime) AS minute,
  count(*) FILTER (response = 'yes') AS yes,
  count(*) FILTER (response = 'no') AS no
FROM rsvp
WHERE mtime > (SELECT max(mtime) - INTERVAL 30 MINUTE FROM rsvp)
GROUP BY minute
ORDER BY minute`,
  },
  {
    title: 'How many said yes',
    sql: `SELECT count(*) AS yes FROM rsvp WHERE response = 'yes'`,
  },
  {
    title: 'Members who changed their mind',
    sql: `SELECT m.member_name, e.event_name, list(c.response ORDER BY c.mtime) AS answers
FROM rsvp_change c JOIN rsvp r USING (rsvp_id) JOIN member m USING (member_id) JOIN event e USING (event_id)
GROUP BY rsvp_id, m.member_name, e.event_name
HAVING count(DISTINCT c.response) > 1
LIMIT 50`,
  },
]
