import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { OptionError } from '../index.js';
import type { LocalServiceOptions, RestOptions, ServiceTls } from '../service/index.js';
import { ExitCode } from './exit-code.js';
import { handleInterrupts } from './interrupts.js';
import { lineLogger } from './line-logger.js';
import { numberOption } from './number-option.js';
import { keepSecret } from './printable.js';
import { collectProject, type ProjectOption, readProjects } from './project-option.js';

/** How long open streams may take after Ctrl-C. */
const DRAIN_MS = 30_000;

interface ServeFlags {
  readonly port: number;
  readonly host: string;
  readonly project?: readonly ProjectOption[];
  readonly restPort?: number;
  readonly dataDir?: string;
  readonly retain?: number;
  readonly maxJobs?: number;
  readonly maxJobsPerProject?: number;
  readonly allowUrlHost?: readonly string[];
  readonly vad: 'auto' | 'light' | 'silero';
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly allowInsecure?: boolean;
  readonly json?: boolean;
}

/** `serve`: the local service, until Ctrl-C. */
export function serveCommand(exit: (code: ExitCode) => void): Command {
  return new Command('serve')
    .description('run the local service, for other programs to stream to, until Ctrl-C')
    .option('--port <port>', '0 takes a free one', numberOption('--port', { min: 0, max: 65_535, whole: true }), 50_051)
    .option(
      '--rest-port <port>',
      'serve the batch API, too; 0 takes a free port; needs the packages libsql and busboy',
      numberOption('--rest-port', { min: 0, max: 65_535, whole: true }),
    )
    .option('--data-dir <folder>', 'where the batch API keeps recordings and results (default: a temporary folder)')
    .option(
      '--retain <days>',
      'how long the batch API keeps results (default: 7)',
      numberOption('--retain', { min: 0.001, max: 36_500 }),
    )
    .option(
      '--max-jobs <count>',
      'recordings of the batch API analysed at once (default: 2)',
      numberOption('--max-jobs', { min: 1, max: 1_000, whole: true }),
    )
    .option(
      '--max-jobs-per-project <count>',
      'of these, those of one project (default: all); projects take turns',
      numberOption('--max-jobs-per-project', { min: 1, max: 1_000, whole: true }),
    )
    .option(
      '--allow-url-host <host>',
      'a host of presigned URLs that may be internal; repeatable (default: public addresses only)',
      (host: string, previous: readonly string[] = []) => [...previous, host],
    )
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--project <cid:token-file>', 'a project that may stream; repeatable (default: one with a new token)', collectProject)
    .addOption(
      new Option('--vad <vad>', 'how speech is found; auto takes Silero where it is installed')
        .choices(['auto', 'light', 'silero'])
        .default('auto'),
    )
    .option('--tls-cert <file>', 'PEM certificate chain, to answer over TLS')
    .option('--tls-key <file>', 'PEM private key of the certificate')
    .option('--allow-insecure', 'allow plaintext beyond this machine: tokens and audio travel readable')
    .option('--json', 'log JSON lines; the default when piped')
    .action(async (flags: ServeFlags) => exit(await serve(flags)));
}

async function serve(flags: ServeFlags): Promise<ExitCode> {
  const say = (text: string) => process.stderr.write(`${text}\n`);
  const interrupts = handleInterrupts(() =>
    say('Taking no more streams, and waiting for the open ones. Ctrl-C again leaves at once.'),
  );
  try {
    const projects = await readProjects(flags.project ?? []);
    const tls = await readTls(flags);
    const rest = restOptions(flags);
    const logger = lineLogger((line) => process.stdout.write(line), { json: flags.json ?? !process.stdout.isTTY });
    const { startLocalService } = await import('../service/index.js');
    const options: LocalServiceOptions = {
      port: flags.port,
      host: flags.host,
      vad: flags.vad,
      logger,
      ...(projects.length > 0 && { projects }),
      ...(tls && { tls }),
      ...(rest && { rest }),
      ...(flags.allowInsecure && { allowInsecure: true }),
    };
    const service = await startLocalService(options);
    const { cid, apiKey, endpoint } = service.connection;
    say(`Local service on ${endpoint}`);
    if (service.batchConnection) {
      say(
        `Batch API on ${service.batchConnection.baseUrl}; ${flags.dataDir ? `keeping its store in ${flags.dataDir}` : 'nothing is kept when this ends'}`,
      );
    }
    say(`Engine ${service.engine}: classical signal processing, not the vendor's models`);
    if (projects.length === 0) {
      // For the user's eyes, once: the log, which is kept, never has it.
      say(`Project ${cid}, with a token made for this run. In the shell that streams:`);
      say(`  export BEHAVIORALSIGNALS_ENDPOINT=${endpoint} BEHAVIORALSIGNALS_CID=${cid}`);
      say(`  export BEHAVIORALSIGNALS_API_KEY=${apiKey}`);
      if (service.batchConnection) say(`  export BEHAVIORALSIGNALS_BASE_URL=${service.batchConnection.baseUrl}`);
      say('  behavioral-signals-rx stream FILE');
      if (service.batchConnection) say('  behavioral-signals-rx batch analyze FILE');
      keepSecret(apiKey);
    } else {
      for (const project of flags.project ?? []) say(`Project ${project.cid}, with the token in ${project.file}`);
    }
    if (!interrupts.stop.aborted) {
      await new Promise((resolve) => interrupts.stop.addEventListener('abort', resolve, { once: true }));
    }
    await service.close({ graceMs: DRAIN_MS });
    return ExitCode.ok;
  } finally {
    interrupts.dispose();
  }
}

function restOptions({
  restPort,
  dataDir,
  retain,
  maxJobs,
  maxJobsPerProject,
  allowUrlHost,
}: ServeFlags): RestOptions | undefined {
  if (restPort === undefined) {
    const given = {
      '--data-dir': dataDir,
      '--retain': retain,
      '--max-jobs': maxJobs,
      '--max-jobs-per-project': maxJobsPerProject,
      '--allow-url-host': allowUrlHost,
    };
    const [unused] = Object.entries(given).find(([, value]) => value !== undefined) ?? [];
    if (unused) throw new OptionError(unused, 'is about the batch API, which --rest-port serves');
    return undefined;
  }
  return {
    port: restPort,
    ...(dataDir !== undefined && { dataDir }),
    ...(retain !== undefined && { retainMs: Math.round(retain * 86_400_000) }),
    ...(maxJobs !== undefined && { maxJobs }),
    ...(maxJobsPerProject !== undefined && { maxJobsPerProject }),
    ...(allowUrlHost && { allowedHosts: allowUrlHost }),
  };
}

async function readTls({ tlsCert, tlsKey }: ServeFlags): Promise<ServiceTls | undefined> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new OptionError(
      tlsCert === undefined ? '--tls-cert' : '--tls-key',
      'is missing: a certificate and its key go together',
    );
  }
  return { cert: await readPem('--tls-cert', tlsCert), key: await readPem('--tls-key', tlsKey) };
}

function readPem(option: string, file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: Error) => {
    throw new OptionError(option, `can't be read (${error.message})`);
  });
}
