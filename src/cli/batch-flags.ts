import { type Command, Option } from 'commander';
import { type BatchApi, type BatchClientOptions, createBatchClient } from '../batch/index.js';
import { resolveCredentials } from './credentials.js';

/** Options that every `batch` command has. */
export interface BatchFlags {
  readonly api: 'behavioral' | 'deepfakes';
  readonly baseUrl?: string;
  readonly credentials?: string;
  readonly json?: boolean;
}

/** Adds the options that say what to ask for, and where. */
export function addBatchOptions(command: Command): Command {
  return command
    .addOption(new Option('--api <api>', 'what to ask for').choices(['behavioral', 'deepfakes']).default('behavioral'))
    .option('--base-url <url>', 'where the REST API is, over TLS (default: the Behavioral Signals API); http:// on this machine')
    .option('--credentials <file>', 'file with cid and apiKey (JSON, or KEY=VALUE lines), instead of the environment')
    .option('--json', 'one JSON object a line');
}

/**
 * The part of the batch API that the flags name.
 *
 * @throws AuthenticationError `MISSING_CREDENTIALS`, OptionError, BatchApiError `INSECURE_ENDPOINT`.
 */
export async function openBatchApi({ api, baseUrl, credentials }: BatchFlags): Promise<BatchApi> {
  const { cid, apiKey } = await resolveCredentials(credentials, { canRunLocally: false });
  const options: BatchClientOptions = { cid, apiKey, ...(baseUrl !== undefined && { baseUrl }) };
  const { behavior, deepfakes } = createBatchClient(options);
  return api === 'deepfakes' ? deepfakes : behavior;
}
