import { readFile, stat } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { AuthenticationError } from '../index.js';

/** Rights of users who are neither the owner nor in the group. */
const OTHERS = 0o007;

/** What a credentials file can hold. */
export interface FileCredentials {
  cid?: string;
  apiKey?: string;
}

/**
 * Reads a secret from a file that nobody but its owner (and group) may touch.
 *
 * @throws AuthenticationError `MISSING_CREDENTIALS` when it can't be read, or when everybody on this machine could.
 */
export async function readSecretFile(file: string): Promise<string> {
  try {
    const { mode } = await stat(file);
    if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
      throw refuse(
        `${file} can be read or changed by every user of this machine (mode ${(mode & 0o777).toString(8)}), so it is not used. Run "chmod 600 ${file}" first; if others may have read it, get a new API token too.`,
      );
    }
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof AuthenticationError) throw cause;
    throw refuse(`${file} can't be read: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

/**
 * Reads credentials from a file: JSON (`{ "cid": …, "apiKey": … }`) or KEY=VALUE lines with the names of the environment variables.
 *
 * @throws AuthenticationError `MISSING_CREDENTIALS` when the file can't be read, is open to everybody, or holds neither form. Its
 * content is never quoted.
 */
export async function readCredentialsFile(file: string): Promise<FileCredentials> {
  const text = (await readSecretFile(file)).replace(/^\uFEFF/, '').trim();
  const fields = text.startsWith('{') ? parseJson(file, text) : parseEnv(text);
  const cid = fields.cid ?? fields.BEHAVIORALSIGNALS_CID;
  const apiKey = fields.apiKey ?? fields.api_key ?? fields.BEHAVIORALSIGNALS_API_KEY;
  if (cid === undefined && apiKey === undefined) {
    throw refuse(
      `${file} holds no credentials: write {"cid": …, "apiKey": "…"}, or the lines BEHAVIORALSIGNALS_CID=… and BEHAVIORALSIGNALS_API_KEY=…`,
    );
  }
  return { ...(cid !== undefined && { cid: String(cid) }), ...(apiKey !== undefined && { apiKey: String(apiKey) }) };
}

function parseJson(file: string, text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    // The parser's message quotes the text, which may be the token.
    throw refuse(`${file} begins like JSON but can't be parsed as JSON.`);
  }
}

function refuse(message: string, cause?: unknown): AuthenticationError {
  return new AuthenticationError('MISSING_CREDENTIALS', message, { cause });
}
