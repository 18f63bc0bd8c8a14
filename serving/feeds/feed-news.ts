import { createHash } from 'node:crypto'
import { rowTexts } from '../answers/json-answer.ts'
import { problemOf } from '../http/problem.ts'
import type { Problem } from '../http/problem.ts'
import type { DatasetAsOf, StatementAnswer, TogetherAnswer } from '../replica/reader.ts'
import type { FeedRequest } from './feed-request.ts'

/** The newest content of a feed. News with the same `tag` need not be sent twice. `ofMs` is when they were computed. */
export type FeedNews = FeedState | FeedProblem

export type FeedState = {
  readonly kind: 'state'
  /**
   * Made from the request and the answers only, so that every replica, also after a restart, makes the same tag for the
   * same news.
   */
  readonly tag: string
  /** `{"feed","as_of","answers"}` on one line. */
  readonly json: string
  /** The same JSON as a message of an event stream. It is made once and sent to all subscribers. */
  readonly frame: Buffer
  readonly ofMs: number
  /** The errors of the answers that failed, by answer. */
  readonly failed: ReadonlyMap<string, unknown>
}

export type FeedProblem = {
  readonly kind: 'problem'
  readonly tag: string
  readonly problem: Problem
  readonly ofMs: number
}

export function feedState({ key, feed, statements }: FeedRequest, answer: TogetherAnswer, ofMs: number): FeedState {
  const failed = new Map<string, unknown>()
  const texts: string[] = []
  for (const [i, statement] of statements.entries()) {
    const told = answer.answers[i]
    if (told === undefined) throw new TypeError('an answer of a feed is missing')
    if ('error' in told) failed.set(statement.answer, told.error)
    else texts.push(`${JSON.stringify(statement.answer)}:${answerText(told)}`)
  }
  const answers = `{${texts.join(',')}}`
  const errors = Object.fromEntries([...failed].map(([name, error]) => [name, answerProblem(error)]))
  const codes = Object.entries(errors).map(([name, { code }]) => `${name} ${code}`)
  const tag = createHash('sha256').update(key).update(answers).update(codes.join()).digest('base64url').slice(0, 27)
  const json = `{"feed":${JSON.stringify(feed)},"as_of":${JSON.stringify(answer.asOf)},"answers":${answers}${failed.size === 0 ? '' : `,"errors":${JSON.stringify(errors)}`}}`
  return { kind: 'state', tag, json, frame: eventFrame({ event: feed, id: tag, data: json }), ofMs, failed }
}

export function feedProblem(error: unknown, ofMs: number): FeedProblem {
  const problem = problemOf(error)
  return { kind: 'problem', tag: `problem ${problem.code}`, problem, ofMs }
}

/** `data` must be JSON on one line, because a line break would end the field. */
export function eventFrame({ event, id, data }: { event: string; id?: string; data: string }): Buffer {
  return Buffer.from(`event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`)
}

/** Returns equal texts for states at which all answers are equal: the positions, but not how late they are. */
export function standingOf(asOf: DatasetAsOf | undefined): string {
  if (asOf === undefined) return ''
  const { generation, tidemark, speed, lost = {}, stream_time: time } = asOf
  return JSON.stringify([generation, sorted(tidemark), sorted(speed), sorted(lost), time])
}

function sorted<T>(byPartition: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return Object.entries(byPartition).toSorted(([a], [b]) => (a < b ? -1 : 1))
}

/** The problem of one answer. An internal error is described in the log only. */
function answerProblem(error: unknown): { readonly code: string; readonly title: string; readonly detail: string } {
  const { code, title, detail } = problemOf(error)
  return { code, title, detail: code === 'INTERNAL' ? 'It went wrong on the server, whose log tells what.' : detail }
}

function answerText(answer: Exclude<StatementAnswer, { readonly error: unknown }>): string {
  const { columns, isTruncated } = answer
  return `{"columns":${JSON.stringify(columns)},"rows":[${rowTexts(answer).join(',')}],"truncated":${isTruncated}}`
}
