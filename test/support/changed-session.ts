import type { Session } from '../../schemas/ports/engine.ts'

/** A session whose calls pass through the changes. */
export function changedSession(session: Session, changes: Partial<Pick<Session, 'run' | 'transaction'>>): Session {
  const run = changes.run ?? ((sql) => session.run(sql))
  return {
    run,
    rows: (sql, params) => session.rows(sql, params),
    append: (table, columns) => session.append(table, columns),
    transaction: changes.transaction ?? ((work) => session.transaction(work)),
    interrupt: () => session.interrupt(),
    close: () => session.close(),
  }
}
