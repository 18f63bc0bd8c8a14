import { readFile } from 'node:fs/promises'
import type { Session } from '../../schemas/ports/engine.ts'
import { literal } from '../../schemas/sql/sql-text.ts'

/** Runs the script that makes the tables by hand, from a file of lines into a folder. */
export async function runBareScript(session: Session, { lines, out }: { lines: string; out: string }): Promise<void> {
  const script = await readFile('bench/peers/bare.sql', 'utf8')
  await session.run(`SET VARIABLE lines = ${literal(lines)}`)
  await session.run(`SET VARIABLE out = ${literal(out)}`)
  for (const statement of script.split(/;\s*\n/).filter((text) => text.trim() !== '')) await session.run(statement)
}
