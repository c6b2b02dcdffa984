import { OptionError } from '../index.js';
import type { ProjectCredentials } from '../service/index.js';
import { readSecretFile } from './credentials-file.js';
import { keepSecret } from './printable.js';

/** A project of `serve`, as it was given: its ID, and the file that holds its token. */
export interface ProjectOption {
  readonly cid: string;
  readonly file: string;
}

/** Parses `cid:token-file` and adds it to those before. */
export function collectProject(text: string, previous: readonly ProjectOption[] = []): ProjectOption[] {
  const [, cid, file] = /^(\d{1,18}):(.+)$/.exec(text) ?? [];
  // The value is not quoted: people write the token itself where its file belongs.
  if (!cid || !file)
    throw new OptionError('--project', "must be cid:token-file, the project's ID and a file that holds its token");
  return [...previous, { cid, file }];
}

/**
 * Reads the projects' tokens.
 *
 * @throws AuthenticationError for a file that can't be read or is open to everybody, OptionError for an empty one.
 */
export async function readProjects(options: readonly ProjectOption[]): Promise<ProjectCredentials[]> {
  return Promise.all(
    options.map(async ({ cid, file }) => {
      const apiKey = (await readSecretFile(file)).trim();
      if (apiKey === '') throw new OptionError('--project', `${file} is empty: it must hold the token of project ${cid}`);
      keepSecret(apiKey);
      return { cid, apiKey };
    }),
  );
}
