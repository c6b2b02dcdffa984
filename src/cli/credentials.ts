import { AuthenticationError } from '../index.js';
import { readCredentialsFile } from './credentials-file.js';
import { keepSecret } from './printable.js';

/** A project's ID and API token. */
export interface Credentials {
  readonly cid: string;
  readonly apiKey: string;
}

/**
 * Finds the credentials: in the file, where one is given, else in the environment. There are no flags for them, because a command line
 * can be read by every user of the machine and stays in the shell's history.
 *
 * @param context.canRunLocally Whether the command has --local.
 * @throws AuthenticationError `MISSING_CREDENTIALS` that names both ways on, credentials or --local, or what is wrong with those
 *   given.
 */
export async function resolveCredentials(
  file: string | undefined,
  { canRunLocally = true }: { canRunLocally?: boolean } = {},
): Promise<Credentials> {
  const { cid, apiKey } = file === undefined ? fromEnvironment() : await readCredentialsFile(file);
  if (!cid || !apiKey) {
    const missing = [!cid && 'the project ID (BEHAVIORALSIGNALS_CID)', !apiKey && 'the API token (BEHAVIORALSIGNALS_API_KEY)'];
    const lacks = `${file ?? 'The environment'} lacks ${missing.filter(Boolean).join(' and ')}.`;
    if (!canRunLocally) {
      const advice = 'Set both in the environment, or write them into a file and give it with --credentials FILE.';
      throw new AuthenticationError('MISSING_CREDENTIALS', `${lacks} ${advice}`);
    }
    throw new AuthenticationError(
      'MISSING_CREDENTIALS',
      `${lacks} There are two ways on:
  - to send it to the Behavioral Signals API, set BEHAVIORALSIGNALS_CID and BEHAVIORALSIGNALS_API_KEY in the environment, or
    write them into a file and give it with --credentials FILE;
  - to try it without an account, give --local: a local engine measures the audio on this machine.`,
    );
  }
  keepSecret(apiKey);
  // The value is not quoted: people paste tokens into the wrong place.
  if (!/^\d{1,18}$/.test(cid)) {
    throw new AuthenticationError(
      'MISSING_CREDENTIALS',
      "BEHAVIORALSIGNALS_CID (or cid) must be the project's ID, a whole number",
    );
  }
  if (!/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new AuthenticationError(
      'MISSING_CREDENTIALS',
      'BEHAVIORALSIGNALS_API_KEY (or apiKey) must be printable ASCII characters without spaces: it goes in a header',
    );
  }
  return { cid, apiKey };
}

function fromEnvironment(): Partial<Credentials> {
  const cid = process.env.BEHAVIORALSIGNALS_CID?.trim();
  const apiKey = process.env.BEHAVIORALSIGNALS_API_KEY?.trim();
  return { ...(cid && { cid }), ...(apiKey && { apiKey }) };
}
