import { type Command, Option } from 'commander';
import { type BatchApi, type BatchClient, type BatchClientOptions, createBatchClient } from '../batch/index.js';
import { OptionError } from '../index.js';
import { type BatchCalls, videoCalls } from './batch-calls.js';
import { resolveCredentials } from './credentials.js';
import { keepSecret } from './printable.js';
import type { ResultFormat } from './result-lines.js';

/** Options that every `batch` command has. */
export interface BatchFlags {
  /** `behavioral` when none is named. */
  readonly api?: 'behavioral' | 'deepfakes';
  readonly baseUrl?: string;
  readonly credentials?: string;
  readonly json?: boolean;
  readonly plain?: boolean;
  readonly csv?: boolean;
}

/** Options of those commands that also work on videos. */
export interface VideoFlags extends BatchFlags {
  readonly video?: boolean;
}

/** A part of the batch API, and how to leave it. */
export interface OpenBatchApi {
  readonly api: BatchApi;
  close(): Promise<void>;
}

/** Adds the options that say what to ask for, where, and how it is shown. */
export function addBatchOptions(command: Command): Command {
  return command
    .addOption(new Option('--api <api>', 'what to ask for (default: behavioral)').choices(['behavioral', 'deepfakes']))
    .option(
      '--base-url <url>',
      'where the REST API is, over TLS; http:// on this machine (default: BEHAVIORALSIGNALS_BASE_URL, else the Behavioral Signals API)',
    )
    .option('--credentials <file>', 'file with cid and apiKey (JSON, or KEY=VALUE lines), instead of the environment')
    .addOption(new Option('--json', 'one JSON object a line; the default when piped').conflicts('plain'))
    .option('--plain', 'lines for people; never redraw');
}

/** Adds the option for videos. */
export function addVideoOption(command: Command): Command {
  return command.option('--video', 'of videos, whether they are genuine: with --api deepfakes only');
}

/**
 * The part of the batch API that the flags name.
 *
 * @param context.canRunLocally Whether the command has --local, which is then named where credentials lack.
 * @throws AuthenticationError `MISSING_CREDENTIALS`, OptionError, BatchApiError `INSECURE_ENDPOINT`.
 */
export async function openBatchApi(
  flags: BatchFlags,
  { canRunLocally = false }: { canRunLocally?: boolean } = {},
): Promise<BatchApi> {
  return apiOf(await openClient(flags, canRunLocally), flags);
}

/**
 * The same of a local service, started in this process for as long as it is open.
 *
 * @throws PackageError `PACKAGE_MISSING`, ServiceError.
 */
export async function openLocalBatchApi(flags: BatchFlags): Promise<OpenBatchApi> {
  const { startLocalService } = await import('../service/index.js');
  const service = await startLocalService({ rest: {} });
  const { apiKey } = service.connection;
  keepSecret(apiKey);
  // It is on this machine, and nobody else's: it may be asked often.
  const client = createBatchClient({ ...service.batchConnection, poll: { initialDelayMs: 50, maxDelayMs: 1000 } });
  return { api: apiOf(client, flags), close: () => service.close({ graceMs: 0 }) };
}

/** As {@link openBatchApi}, or the calls for videos. */
export async function openBatchCalls({ video, ...flags }: VideoFlags): Promise<BatchCalls> {
  if (!video) return openBatchApi(flags);
  if (flags.api === 'behavioral') throw new OptionError('--video', 'goes with --api deepfakes: behaviour is asked of recordings');
  return videoCalls(await openClient(flags));
}

/** How results are printed, by the flags and by whether people look at them. */
export function resultFormat({ json, csv, plain }: BatchFlags): ResultFormat {
  if (csv) return 'csv';
  return json || (!plain && process.stdout.isTTY !== true) ? 'json' : 'plain';
}

function apiOf({ behavior, deepfakes }: BatchClient, { api }: BatchFlags): BatchApi {
  return api === 'deepfakes' ? deepfakes : behavior;
}

async function openClient({ baseUrl, credentials }: BatchFlags, canRunLocally = false): Promise<BatchClient> {
  const { cid, apiKey } = await resolveCredentials(credentials, { canRunLocally });
  const options: BatchClientOptions = { cid, apiKey, ...(baseUrl !== undefined && { baseUrl }) };
  return createBatchClient(options);
}
