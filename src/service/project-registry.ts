import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { OptionError } from '../errors/index.js';

/** A project of the local service: who may stream to it. */
export interface ProjectCredentials {
  /** The project's ID, a whole number. */
  readonly cid: number | string;
  /** The project's API token. */
  readonly apiKey: string;
}

const unknownProject = digest('');

/** The projects that may stream. Tokens are kept as SHA-256 digests only: they are random, so that needs no slow hash. */
export class ProjectRegistry {
  readonly #digests = new Map<string, Buffer>();

  /** @throws OptionError for an ID that isn't a whole number, an ID given twice, or an empty token. */
  constructor(projects: readonly ProjectCredentials[]) {
    for (const [index, { cid, apiKey }] of projects.entries()) {
      const id = String(cid);
      // Values are not quoted: people paste tokens into the wrong field.
      if (!/^[1-9]\d{0,17}$/.test(id)) throw new OptionError(`projects[${index}].cid`, 'must be a whole number above 0');
      if (typeof apiKey !== 'string' || apiKey === '')
        throw new OptionError(`projects[${index}].apiKey`, 'must be a string, and not empty');
      if (this.#digests.has(id)) throw new OptionError(`projects[${index}].cid`, 'is the ID of an earlier project too');
      this.#digests.set(id, digest(apiKey));
    }
  }

  /** Whether the token is the project's. Takes as long for a project that doesn't exist. */
  accepts(cid: string, apiKey: string): boolean {
    const expected = this.#digests.get(cid);
    const equal = timingSafeEqual(expected ?? unknownProject, digest(apiKey));
    return equal && expected !== undefined;
  }
}

/** A project with a random token, for a service that was given none. */
export function generateProject(): ProjectCredentials & { cid: string } {
  return { cid: '10000000', apiKey: randomBytes(24).toString('base64url') };
}

function digest(apiKey: string): Buffer {
  return createHash('sha256').update(apiKey).digest();
}
