import { Agent, get } from 'node:http'

const readingMs = 5000

/** Asks for a while, by so many readers that are spread over the addresses, each of which asks again once it has an answer. */
export async function answersPerSecond(urls: readonly string[], readers: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: readers })
  let answers = 0
  const startedAt = performance.now()
  const read = async (url: string): Promise<void> => {
    while (performance.now() - startedAt < readingMs) {
      await answerOf(url, agent)
      answers += 1
    }
  }
  await Promise.all(Array.from({ length: readers }, (_, reader) => read(urls[reader % urls.length] ?? '')))
  agent.destroy()
  return (1000 * answers) / (performance.now() - startedAt)
}

function answerOf(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`${url} answers ${answer.statusCode}`))
      answer.once('error', reject).once('end', resolve).resume()
    }).once('error', reject)
  })
}
