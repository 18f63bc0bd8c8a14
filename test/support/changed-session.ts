import type { Session } from '../../schemas/ports/engine.ts'

/** A session whose calls pass through the changes. */
export function changedSession(session: Session, changes: Partial<Session>): Session {
  return {
    run: (sql) => session.run(sql),
    rows: (sql, params) => session.rows(sql, params),
    prepare: (sql) => session.prepare(sql),
    append: (table, columns) => session.append(table, columns),
    transaction: (work) => session.transaction(work),
    interrupt: () => session.interrupt(),
    close: () => session.close(),
    ...changes,
  }
}
