import type { Example } from '../declare/dataset.ts'

export const examples: readonly Example[] = [
  {
    title: 'The warmest rooms',
    sql: `SELECT room, avg(temperature_c) AS average_c, max(temperature_c) AS warmest_c, count(*) AS readings
FROM reading
GROUP BY room
ORDER BY average_c DESC
LIMIT 20`,
  },
  {
    title: 'Temperature, minute by minute',
    sql: `SELECT time_bucket(INTERVAL 1 MINUTE, ts) AS minute,
  min(temperature_c) AS coldest_c, avg(temperature_c) AS average_c, max(temperature_c) AS warmest_c
FROM reading
WHERE ts > (SELECT max(ts) - INTERVAL 1 HOUR FROM reading)
GROUP BY minute
ORDER BY minute`,
  },
  {
    title: 'How many readings',
    sql: 'SELECT count(*) AS readings FROM reading',
  },
]
