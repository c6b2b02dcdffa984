import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { OptionError } from '../errors/index.js';

/** A project of the local service: who may stream to it. */
export interface ProjectCredentials {
  /** The project's ID, a whole number. */
  readonly cid: number | string;
  /** The project's API token. */
  readonly apiKey: string;
  /** The API version it was made for; one before 5 can send no new audio. Default: `5.0.0`. */
  readonly apiVersion?: string;
}

/** Projects that are kept elsewhere, and may change while the service runs. */
export interface KeptProjects {
  /** The SHA-256 digest of a project's token, undefined for a revoked one; undefined when there is no such project. */
  find(cid: string): { readonly digest: Buffer | undefined; readonly apiVersion: string } | undefined;
}

/** Why a project of an API version before 5 is refused. */
export const OUTDATED_PROJECT =
  'This project was made for an API version before 5.0.0, which changed the output schema: such projects are no longer compatible and can send no new audio. Create a new project.';

const unknownProject = digest('');

/** The projects that may stream. Tokens are kept as SHA-256 digests only: they are random, so that needs no slow hash. */
export class ProjectRegistry {
  readonly #digests = new Map<string, Buffer>();
  readonly #outdated = new Set<string>();
  readonly #kept: KeptProjects | undefined;

  /**
   * @param kept Asked for projects that are not among the first; those count where both have one.
   * @throws OptionError for an ID that isn't a whole number, an ID given twice, an empty token, or a version that isn't one.
   */
  constructor(projects: readonly ProjectCredentials[], kept?: KeptProjects) {
    this.#kept = kept;
    for (const [index, { cid, apiKey, apiVersion = '5.0.0' }] of projects.entries()) {
      const id = String(cid);
      // Values are not quoted: people paste tokens into the wrong field.
      if (!/^[1-9]\d{0,17}$/.test(id)) throw new OptionError(`projects[${index}].cid`, 'must be a whole number above 0');
      if (typeof apiKey !== 'string' || apiKey === '')
        throw new OptionError(`projects[${index}].apiKey`, 'must be a string, and not empty');
      if (this.#digests.has(id)) throw new OptionError(`projects[${index}].cid`, 'is the ID of an earlier project too');
      if (!/^\d{1,3}(\.\d{1,3}){0,2}$/.test(apiVersion))
        throw new OptionError(`projects[${index}].apiVersion`, 'must be a version such as "5.0.0"', apiVersion);
      this.#digests.set(id, digest(apiKey));
      if (isOutdated(apiVersion)) this.#outdated.add(id);
    }
  }

  /** Whether the token is the project's. Takes as long for a project that doesn't exist. */
  accepts(cid: string, apiKey: string): boolean {
    const expected = this.#digests.get(cid) ?? this.#find(cid)?.digest;
    const equal = timingSafeEqual(expected ?? unknownProject, digest(apiKey));
    return equal && expected !== undefined;
  }

  /** Whether a project may not send new audio, because it was made for an API version before 5. */
  isOutdated(cid: string): boolean {
    if (this.#digests.has(cid)) return this.#outdated.has(cid);
    const kept = this.#find(cid);
    return kept !== undefined && isOutdated(kept.apiVersion);
  }

  #find(cid: string): ReturnType<KeptProjects['find']> {
    return /^[1-9]\d{0,17}$/.test(cid) ? this.#kept?.find(cid) : undefined;
  }
}

function isOutdated(apiVersion: string): boolean {
  return Number.parseInt(apiVersion, 10) < 5;
}

/** A project with a random token, for a service that was given none. */
export function generateProject(): ProjectCredentials & { cid: string } {
  return { cid: '10000000', apiKey: randomBytes(24).toString('base64url') };
}

function digest(apiKey: string): Buffer {
  return createHash('sha256').update(apiKey).digest();
}
