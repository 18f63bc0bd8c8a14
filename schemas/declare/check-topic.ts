/** Kafka's own rule; the store's keys hold topics too. Throws a TypeError. */
export function requireTopic(topic: string): void {
  if (/^[A-Za-z0-9._-]{1,249}$/.test(topic) && topic !== '.' && topic !== '..') return
  throw new TypeError(`the topic ${topic}: a topic's name is up to 249 letters, digits, ., _ and -`)
}
