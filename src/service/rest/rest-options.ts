import { expectNumber, expectOptions, OptionError, type OptionNames } from '../../errors/index.js';

/** Options of the local service's REST half. */
export interface RestOptions {
  /** 0 takes a free one. Default: 0. */
  port?: number | undefined;
  /**
   * Folder for the store, and for recordings until their jobs end. One service at a time uses it, and goes on where the last one ended.
   * Default: a temporary one, deleted when the service closes.
   */
  dataDir?: string | undefined;
  /** Largest recording accepted, uploaded or fetched. Default: 2 GiB. */
  maxUploadBytes?: number | undefined;
  /** Longest recording; checked while it is decoded. Default: 4 hours. */
  maxDurationMs?: number | undefined;
  /** Recordings analysed at once; projects take turns. Default: 2. */
  maxJobs?: number | undefined;
  /** Recordings of one project analysed at once. Default: `maxJobs`. */
  maxJobsPerProject?: number | undefined;
  /** Submissions of all projects that may wait; beyond them they are refused with 429. Default: 10,000. */
  maxPending?: number | undefined;
  /** Submissions of one project that may wait; beyond them they are refused with 429. Default: 1,000, or `maxPending` if that is less. */
  maxPendingPerProject?: number | undefined;
  /** Uploads received at once; more are refused with 503. Default: 16. */
  maxUploads?: number | undefined;
  /** Uploads received at once of one project; more are refused with 429. Default: 8, or `maxUploads` if that is less. */
  maxUploadsPerProject?: number | undefined;
  /** Longest time that one recording is worked on, its fetching included. Default: 1 hour. */
  jobTimeoutMs?: number | undefined;
  /** Longest time in which a presigned URL must be fetched. Default: 10 minutes. */
  fetchTimeoutMs?: number | undefined;
  /** How long processes are kept after their end, with their results. Default: 7 days. */
  retainMs?: number | undefined;
  /**
   * Hosts of presigned URLs, as `host` or `host:port`, that may have internal addresses and speak plain http: an object store of your
   * own. Default: none; only public addresses are fetched from, over https.
   */
  allowedHosts?: readonly string[] | undefined;
}

/** {@link RestOptions}, validated and complete. */
export interface RestSettings extends Readonly<Record<Exclude<keyof RestOptions, 'dataDir' | 'allowedHosts'>, number>> {
  readonly dataDir: string | undefined;
  readonly allowedHosts: ReadonlySet<string>;
}

const HOUR_MS = 3_600_000;
/** The longest a timer of Node's can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const NAMES: OptionNames<RestOptions> = {
  port: true,
  dataDir: true,
  maxUploadBytes: true,
  maxDurationMs: true,
  maxJobs: true,
  maxJobsPerProject: true,
  maxPending: true,
  maxPendingPerProject: true,
  maxUploads: true,
  maxUploadsPerProject: true,
  jobTimeoutMs: true,
  fetchTimeoutMs: true,
  retainMs: true,
  allowedHosts: true,
};

/** Checks the options and fills in their defaults. */
export function resolveRestOptions(options: RestOptions): RestSettings {
  if (typeof options !== 'object' || options === null) throw new OptionError('rest', 'must be an object of options', options);
  expectOptions((name) => `rest.${name}`, options, NAMES);
  const { dataDir, allowedHosts = [] } = options;
  if (dataDir !== undefined && (typeof dataDir !== 'string' || dataDir === '')) {
    throw new OptionError('rest.dataDir', 'must be the path of a folder', dataDir);
  }
  if (!Array.isArray(allowedHosts) || !allowedHosts.every((host) => typeof host === 'string' && /^[^/\s@]+$/.test(host))) {
    throw new OptionError('rest.allowedHosts', 'must be an array of hosts such as "minio.example:9000"');
  }
  const maxJobs = whole('maxJobs', options.maxJobs ?? 2, 1, 1_000);
  const maxPending = whole('maxPending', options.maxPending ?? 10_000, 1, 10_000_000);
  const maxUploads = whole('maxUploads', options.maxUploads ?? 16, 1, 10_000);
  /** One project's share of what all may have. */
  const share = (name: 'maxJobsPerProject' | 'maxPendingPerProject' | 'maxUploadsPerProject', usual: number, all: number) =>
    whole(name, options[name] ?? Math.min(usual, all), 1, all);
  return {
    port: whole('port', options.port ?? 0, 0, 65_535),
    dataDir,
    maxUploadBytes: whole('maxUploadBytes', options.maxUploadBytes ?? 2 * 1024 ** 3, 1, 2 ** 50),
    maxDurationMs: whole('maxDurationMs', options.maxDurationMs ?? 4 * HOUR_MS, 1, 2 ** 40),
    maxJobs,
    maxJobsPerProject: share('maxJobsPerProject', maxJobs, maxJobs),
    maxPending,
    maxPendingPerProject: share('maxPendingPerProject', 1_000, maxPending),
    maxUploads,
    maxUploadsPerProject: share('maxUploadsPerProject', 8, maxUploads),
    jobTimeoutMs: whole('jobTimeoutMs', options.jobTimeoutMs ?? HOUR_MS, 1, MAX_TIMER_MS),
    fetchTimeoutMs: whole('fetchTimeoutMs', options.fetchTimeoutMs ?? HOUR_MS / 6, 1, MAX_TIMER_MS),
    retainMs: whole('retainMs', options.retainMs ?? 7 * 24 * HOUR_MS, 1, 2 ** 45),
    allowedHosts: new Set(allowedHosts),
  };
}

function whole(option: string, value: number, min: number, max: number): number {
  expectNumber(`rest.${option}`, value, { min, max, whole: true });
  return value;
}
