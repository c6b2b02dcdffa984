import { createHash, randomBytes } from 'node:crypto';
import path from 'node:path';
import { expectNumber, OptionError } from '../../errors/index.js';
import { DataDirectory } from './data-directory.js';
import { type Database, openDatabase } from './open-database.js';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS projects (
    cid INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    apiVersion TEXT NOT NULL,
    digest BLOB,
    createdAtMs INTEGER NOT NULL,
    rotatedAtMs INTEGER,
    revokedAtMs INTEGER
  );
  INSERT INTO sqlite_sequence (name, seq) SELECT 'projects', 10000000
    WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'projects');
`;

/** The API version of projects made now. */
export const CURRENT_API_VERSION = '5.0.0';

/** A project of a data directory. */
export interface Project {
  /** Its ID. */
  readonly cid: string;
  /** What its owner calls it. */
  readonly name: string;
  /** The API version it was made for; one before 5 can send no new audio. */
  readonly apiVersion: string;
  /** When it was made. */
  readonly createdAt: Date;
  /** When its token was last replaced; absent when it never was. */
  readonly rotatedAt?: Date;
  /** Since when no token opens it; absent while one does. */
  readonly revokedAt?: Date;
}

/** A project with its token, which is shown this once: only its SHA-256 digest is kept. */
export interface ProjectWithToken extends Project {
  /** The API token. */
  readonly apiKey: string;
}

/** What a new project may be given. */
export interface NewProject {
  /** Default: the next free one, from 10000001. */
  cid?: number;
  /** Default: none. */
  name?: string;
  /** Default: `5.0.0`; an earlier one is for trying out how clients take the refusal. */
  apiVersion?: string;
}

/** What the service asks of a project. */
export interface ProjectRecord {
  /** SHA-256 of the token; undefined once it is revoked. */
  readonly digest: Buffer | undefined;
  /** The API version it was made for. */
  readonly apiVersion: string;
}

/**
 * The projects of a data directory; changes count at once, for a running service too.
 *
 * Tokens are 192 random bits and kept as SHA-256 digests: a slow hash such as scrypt protects secrets that can be guessed, which these
 * can't, and would cost every request its time.
 */
export class ProjectStore {
  readonly #database: Database;

  private constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Opens the projects of a data directory, which is made if need be.
   *
   * @throws (as rejection) OptionError for a folder that can't be used; PackageError `PACKAGE_MISSING` without the optional package
   * libsql; ServiceError `SERVICE_START_FAILED` when the file can't be opened.
   */
  static async open(dataDir: string): Promise<ProjectStore> {
    if (typeof dataDir !== 'string' || dataDir === '') throw new OptionError('dataDir', 'must be the path of a folder', dataDir);
    const directory = await DataDirectory.open(dataDir);
    return new ProjectStore(await openDatabase(path.join(directory.path, 'projects.db'), SCHEMA));
  }

  /**
   * Makes a project.
   *
   * @throws OptionError for an ID that is taken or none, or a version that isn't one.
   */
  create({
    cid,
    name = '',
    apiVersion = CURRENT_API_VERSION,
  }: {
    cid?: number;
    name?: string;
    apiVersion?: string;
  } = {}): ProjectWithToken {
    if (cid !== undefined) expectNumber('cid', cid, { min: 1, max: 2 ** 31, whole: true });
    // SQLite would end the text at NUL.
    if (typeof name !== 'string' || name.length > 200 || name.includes('\0')) {
      throw new OptionError('name', 'must be text of up to 200 characters, none of them NUL');
    }
    if (!/^\d{1,3}(\.\d{1,3}){0,2}$/.test(apiVersion)) {
      throw new OptionError('apiVersion', 'must be a version such as "5.0.0"', apiVersion);
    }
    if (cid !== undefined && this.#row(cid)) throw new OptionError('cid', `is taken: there is a project ${cid} already`);
    const { apiKey, digest } = newToken();
    const { lastInsertRowid } = this.#database
      .prepare('INSERT INTO projects (cid, name, apiVersion, digest, createdAtMs) VALUES (?, ?, ?, ?, ?)')
      .run(cid ?? null, name, apiVersion, digest, Date.now());
    return { ...this.get(String(lastInsertRowid)), apiKey };
  }

  /** All projects, revoked ones too, by their ID. */
  list(): Project[] {
    return (this.#database.prepare('SELECT * FROM projects ORDER BY cid').all() as ProjectRow[]).map(readProject);
  }

  /** @throws OptionError when there is no such project. */
  get(cid: number | string): Project {
    const row = this.#row(cid);
    if (!row) throw new OptionError('cid', `there is no project ${cid}`);
    return readProject(row);
  }

  /**
   * Replaces a project's token; the old one is worthless at once. A revoked project is open again.
   *
   * @throws OptionError when there is no such project.
   */
  rotate(cid: number | string): ProjectWithToken {
    this.get(cid);
    const { apiKey, digest } = newToken();
    this.#database
      .prepare('UPDATE projects SET digest = ?, rotatedAtMs = ?, revokedAtMs = NULL WHERE cid = ?')
      .run(digest, Date.now(), Number(cid));
    return { ...this.get(cid), apiKey };
  }

  /**
   * Makes a project's token worthless; what it has submitted stays until its time is over.
   *
   * @throws OptionError when there is no such project.
   */
  revoke(cid: number | string): Project {
    this.get(cid);
    this.#database.prepare('UPDATE projects SET digest = NULL, revokedAtMs = ? WHERE cid = ?').run(Date.now(), Number(cid));
    return this.get(cid);
  }

  /** What is known of a project that wants in; undefined when there is none. */
  find(cid: string): ProjectRecord | undefined {
    const row = this.#row(cid);
    return row && { digest: row.digest === null ? undefined : Buffer.from(row.digest), apiVersion: row.apiVersion };
  }

  /** Closes the file. */
  close(): void {
    this.#database.close();
  }

  #row(cid: number | string): ProjectRow | undefined {
    return this.#database.prepare('SELECT * FROM projects WHERE cid = ?').get(Number(cid)) as ProjectRow | undefined;
  }
}

interface ProjectRow {
  readonly cid: number;
  readonly name: string;
  readonly apiVersion: string;
  readonly digest: Uint8Array | null;
  readonly createdAtMs: number;
  readonly rotatedAtMs: number | null;
  readonly revokedAtMs: number | null;
}

function readProject({ cid, name, apiVersion, createdAtMs, rotatedAtMs, revokedAtMs }: ProjectRow): Project {
  return {
    cid: String(cid),
    name,
    apiVersion,
    createdAt: new Date(createdAtMs),
    ...(rotatedAtMs !== null && { rotatedAt: new Date(rotatedAtMs) }),
    ...(revokedAtMs !== null && { revokedAt: new Date(revokedAtMs) }),
  };
}

function newToken(): { apiKey: string; digest: Buffer } {
  const apiKey = randomBytes(24).toString('base64url');
  return { apiKey, digest: createHash('sha256').update(apiKey).digest() };
}
