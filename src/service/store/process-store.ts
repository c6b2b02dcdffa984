import type { WaitingJobs } from '../jobs/project-turns.js';
import { closeDatabase, type Database, openDatabase, type Statement } from './open-database.js';
import { type Analysis, type ProcessEnd, ProcessStatus, type StoredProcess, type Submission } from './stored-process.js';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS processes (
    pid INTEGER PRIMARY KEY AUTOINCREMENT,
    cid TEXT NOT NULL,
    kind TEXT NOT NULL,
    analysis TEXT NOT NULL,
    name TEXT NOT NULL,
    meta TEXT,
    embeddings INTEGER NOT NULL,
    file TEXT,
    url TEXT,
    status INTEGER NOT NULL,
    statusmsg TEXT NOT NULL,
    durationMs REAL,
    createdAtMs INTEGER NOT NULL,
    endedAtMs INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX IF NOT EXISTS processes_of_project ON processes (cid, analysis, kind, createdAtMs, pid);
  CREATE INDEX IF NOT EXISTS processes_by_status ON processes (status, pid);
  CREATE INDEX IF NOT EXISTS processes_waiting ON processes (cid, attempts, pid) WHERE status = 0;
  CREATE TABLE IF NOT EXISTS results (
    pid INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    rows TEXT NOT NULL,
    PRIMARY KEY (pid, seq)
  ) WITHOUT ROWID;
`;

/** How often work on a process may be cut short before the recording is taken for what ends the service. */
const MAX_ATTEMPTS = 5;
const INTERRUPTED = 'The service ended while the stream was open; stream it again.';

/** Which processes to list. */
export interface ListQuery {
  readonly cid: string;
  readonly analysis: Analysis;
  readonly page: number;
  readonly pageSize: number;
  readonly sort: 'asc' | 'desc';
  /** Inclusive, in milliseconds since the Unix epoch. */
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
}

/** The processes of a service and their results, in one SQLite file; every method is synchronous and on disk when it returns. */
export class ProcessStore {
  readonly #database: Database;
  readonly #statements = new Map<string, Statement>();
  readonly #retainMs: number;

  private constructor(database: Database, retainMs: number) {
    this.#database = database;
    this.#retainMs = retainMs;
  }

  /**
   * Opens the file, alone: a second service on the same one is refused.
   *
   * @param retainMs How long a process is kept after its end, with its results.
   * @throws (as rejection) PackageError, ServiceError `SERVICE_START_FAILED`.
   */
  static async open(file: string, retainMs: number): Promise<ProcessStore> {
    return new ProcessStore(await openDatabase(file, SCHEMA, { exclusive: true }), retainMs);
  }

  /** Keeps a submission, pending. */
  submit(submission: Submission): StoredProcess {
    return this.#insert(submission, 'audio', ProcessStatus.pending);
  }

  /** Keeps that a stream was opened. */
  openStream(cid: string, analysis: Analysis, embeddings: boolean): StoredProcess {
    const stream = { cid, analysis, embeddings, name: '', meta: null, file: null, url: null };
    return this.#insert(stream, 'stream', ProcessStatus.processing);
  }

  /** A project's process; undefined for another's, for one that never was, and for one whose time is over. */
  find(cid: string, analysis: Analysis, pid: number): StoredProcess | undefined {
    const row = this.#get(`SELECT * FROM processes WHERE pid = ? AND cid = ? AND analysis = ? AND ${LIVING}`, [
      pid,
      cid,
      analysis,
      this.#oldest(),
    ]);
    return row && readProcess(row);
  }

  /** The IDs on one page of a project's submissions; streams are not among them. */
  list({ cid, analysis, page, pageSize, sort, fromMs, toMs }: ListQuery): number[] {
    const order = sort === 'asc' ? 'ASC' : 'DESC';
    const sql = `SELECT pid FROM processes WHERE cid = ? AND analysis = ? AND kind = 'audio' AND createdAtMs >= ? AND createdAtMs < ?
      AND ${LIVING} ORDER BY createdAtMs ${order}, pid ${order} LIMIT ? OFFSET ?`;
    const rows = this.#all(sql, [cid, analysis, fromMs, toMs, this.#oldest(), pageSize, page * pageSize]) as { pid: number }[];
    return rows.map(({ pid }) => pid);
  }

  /** How many submissions wait: of a project, or of all. */
  countPending(cid?: string): number {
    const row =
      cid === undefined
        ? this.#get(`SELECT count(*) AS pending FROM processes WHERE status = 0`, [])
        : this.#get(`SELECT count(*) AS pending FROM processes WHERE status = 0 AND cid = ?`, [cid]);
    return (row as { pending: number }).pending;
  }

  /** What waits, by project and by how often it was begun; what has waited longest comes first. */
  waiting(): WaitingJobs[] {
    const sql = 'SELECT cid, attempts FROM processes WHERE status = 0 GROUP BY cid, attempts ORDER BY min(pid)';
    return this.#all(sql, []) as WaitingJobs[];
  }

  /** Takes, of what waits, the oldest; from now on it is being processed. */
  take({ cid, attempts }: WaitingJobs): StoredProcess | undefined {
    return this.#atomically(() => {
      const sql = 'SELECT * FROM processes WHERE status = 0 AND cid = ? AND attempts = ? ORDER BY pid LIMIT 1';
      const row = this.#get(sql, [cid, attempts]);
      if (!row) return undefined;
      const next = readProcess(row);
      this.#run('UPDATE processes SET status = 1, statusmsg = ?, attempts = attempts + 1 WHERE pid = ?', [
        'processing',
        next.pid,
      ]);
      return { ...next, status: ProcessStatus.processing, attempts: next.attempts + 1 };
    });
  }

  /** Gives a submission back that was taken; its results so far are dropped. */
  giveBack(pid: number): void {
    this.#atomically(() => {
      this.#run('DELETE FROM results WHERE pid = ?', [pid]);
      this.#run('UPDATE processes SET status = 0, statusmsg = ?, attempts = attempts - 1 WHERE pid = ? AND status = 1', [
        'pending',
        pid,
      ]);
    });
  }

  /** Keeps results of a process, in order; each is a piece of JSON: rows with commas between them. */
  addResults(pid: number, firstSeq: number, pieces: readonly string[]): void {
    this.#atomically(() => {
      for (const [index, rows] of pieces.entries()) {
        this.#run('INSERT INTO results (pid, seq, rows) VALUES (?, ?, ?)', [pid, firstSeq + index, rows]);
      }
    });
  }

  /** Ends a process, once: what ended already stays as it is. Its URL and file are forgotten, and of a failed one the results. */
  finish(pid: number, { status, statusmsg, durationMs }: ProcessEnd, pieces: readonly string[] = [], firstSeq = 0): void {
    this.#atomically(() => {
      const { changes } = this.#run(
        `UPDATE processes SET status = ?, statusmsg = ?, durationMs = ?, endedAtMs = ?, file = NULL, url = NULL
          WHERE pid = ? AND status IN (0, 1)`,
        [status, statusmsg, durationMs, Date.now(), pid],
      );
      if (changes === 0) return;
      if (status === ProcessStatus.failed) this.#run('DELETE FROM results WHERE pid = ?', [pid]);
      else
        for (const [index, rows] of pieces.entries()) {
          this.#run('INSERT INTO results (pid, seq, rows) VALUES (?, ?, ?)', [pid, firstSeq + index, rows]);
        }
    });
  }

  /** Results of a process, from a place on. */
  readResults(pid: number, fromSeq: number, limit: number): string[] {
    const sql = 'SELECT rows FROM results WHERE pid = ? AND seq >= ? ORDER BY seq LIMIT ?';
    return (this.#all(sql, [pid, fromSeq, limit]) as { rows: string }[]).map(({ rows }) => rows);
  }

  /** Puts in order what a service that ended at any moment left behind; returns the files that jobs still wait for. */
  recover(): ReadonlySet<string> {
    return this.#atomically(() => {
      const now = Date.now();
      this.#run('DELETE FROM results WHERE pid IN (SELECT pid FROM processes WHERE status <> 2)', []);
      this.#run(
        `UPDATE processes SET status = -1, statusmsg = ?, endedAtMs = ?, file = NULL, url = NULL WHERE status = 1 AND kind = 'stream'`,
        [INTERRUPTED, now],
      );
      this.#run(
        `UPDATE processes SET status = -1, statusmsg = ?, endedAtMs = ?, file = NULL, url = NULL WHERE status = 1 AND attempts >= ?`,
        [`The service ended ${MAX_ATTEMPTS} times while it worked on this recording.`, now, MAX_ATTEMPTS],
      );
      this.#run(`UPDATE processes SET status = 0, statusmsg = 'pending' WHERE status = 1`, []);
      const rows = this.#all('SELECT file FROM processes WHERE file IS NOT NULL', []) as { file: string }[];
      return new Set(rows.map(({ file }) => file));
    });
  }

  /** Deletes the processes whose time is over; returns how many. */
  deleteExpired(): number {
    return this.#atomically(() => {
      const expired = 'SELECT pid FROM processes WHERE endedAtMs <= ?';
      this.#run(`DELETE FROM results WHERE pid IN (${expired})`, [this.#oldest()]);
      return this.#run('DELETE FROM processes WHERE endedAtMs <= ?', [this.#oldest()]).changes;
    });
  }

  close(): void {
    closeDatabase(this.#database);
  }

  #insert({ cid, analysis, name, meta, embeddings, file, url }: Submission, kind: string, status: ProcessStatus): StoredProcess {
    const createdAtMs = Date.now();
    const statusmsg = status === ProcessStatus.pending ? 'pending' : 'processing';
    const { lastInsertRowid } = this.#run(
      `INSERT INTO processes (cid, kind, analysis, name, meta, embeddings, file, url, status, statusmsg, createdAtMs)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [cid, kind, analysis, name, meta, embeddings ? 1 : 0, file, url, status, statusmsg, createdAtMs],
    );
    return readProcess(this.#get('SELECT * FROM processes WHERE pid = ?', [Number(lastInsertRowid)])!);
  }

  /** Ended processes are kept if they ended after this. */
  #oldest(): number {
    return Date.now() - this.#retainMs;
  }

  #run(sql: string, values: readonly unknown[]): { changes: number; lastInsertRowid: number | bigint } {
    return this.#prepare(sql).run(...values);
  }

  #get(sql: string, values: readonly unknown[]): object | undefined {
    return this.#prepare(sql).get(...values) as object | undefined;
  }

  #all(sql: string, values: readonly unknown[]): object[] {
    return this.#prepare(sql).all(...values) as object[];
  }

  #prepare(sql: string): Statement {
    const statement = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #atomically<Result>(work: () => Result): Result {
    return this.#database.transaction(work)();
  }
}

const LIVING = '(endedAtMs IS NULL OR endedAtMs > ?)';

function readProcess(row: object): StoredProcess {
  const { pid, cid, kind, analysis, name, meta, embeddings, file, url, status, statusmsg, durationMs, createdAtMs, attempts } =
    row as Omit<StoredProcess, 'embeddings'> & { embeddings: number };
  const place = { pid, cid, kind, analysis, name, meta, file, url };
  return { ...place, embeddings: embeddings === 1, status, statusmsg, durationMs, createdAtMs, attempts };
}
