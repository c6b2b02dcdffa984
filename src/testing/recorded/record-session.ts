import { closeSync, openSync, writeSync } from 'node:fs';
import { expectNumber, expectOptions, OptionError, type OptionNames } from '../../errors/index.js';
import type { TestConnection } from '../test-connection.js';
import { methodOf } from '../wire/audio-messages.js';
import { Http2Listener } from '../wire/http2-listener.js';
import { RelayedCall } from '../wire/relayed-call.js';
import type { RecordedEntry } from './recorded-entry.js';
import { SessionRecorder } from './session-recorder.js';

/** The service whose sessions are recorded; a local service's `connection` fits. */
export interface RecordedTarget {
  /** With its scheme: `https://streaming.behavioralsignals.com:443`, `http://127.0.0.1:50051`. */
  readonly endpoint: string;
  /** Passed on in the recorder's `connection`; never recorded. */
  readonly cid?: number | string;
  /** Passed on in the recorder's `connection`; never recorded. */
  readonly apiKey?: string;
  /** Its certificate. Default: one that the system's authorities vouch for. */
  readonly tls?: {
    /** The authority to trust instead, PEM encoded. */
    readonly ca?: string | Buffer;
  };
}

/** Options of {@link recordSession}. */
export interface RecordSessionOptions {
  /** The service that answers. */
  readonly target: RecordedTarget;
  /** A file, which is written anew, or a function that takes each line, without its line break. */
  readonly to: string | URL | ((line: string) => void);
  /** Whether the audio is recorded too. Voices are personal data. Default: false. */
  readonly includeAudio?: boolean;
  /** 0 takes a free one. Default: 0. */
  readonly port?: number;
}

const NAMES: OptionNames<RecordSessionOptions> = { target: true, to: true, includeAudio: true, port: true };

/** A recorder between clients and a service. */
export interface SessionRecording {
  /** With its scheme: `http://127.0.0.1:50051`. */
  readonly endpoint: string;
  /** Options for `behavioralSignals()`: the target's, by way of the recorder. */
  readonly connection: Pick<TestConnection, 'endpoint'> & Pick<RecordedTarget, 'cid' | 'apiKey'>;
  /** Ends what is open, and closes the file. Rejects with the first error of writing, if there was one. */
  close(): Promise<void>;
  /** Closes at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Records the sessions that pass through it on their way to a service, for `replaySession()`.
 *
 * Everything is placed by the samples that were sent, not by time. Neither tokens nor, unless asked for, audio are recorded; the
 * project's ID and the results are. It listens on this machine only, without TLS.
 *
 * @throws OptionError for an option that isn't allowed, a file that can't be written among them; ServiceError
 *   `SERVICE_START_FAILED` when the port is taken.
 */
export async function recordSession(options: RecordSessionOptions): Promise<SessionRecording> {
  expectOptions('recordSession', options, NAMES);
  const { target, to, includeAudio = false, port = 0 } = options;
  expectNumber('recordSession({ port })', port, { min: 0, max: 65_535, whole: true });
  checkTarget(target);
  const sink = openSink(to);
  const recorder = new SessionRecorder((entry) => sink.write(entry), includeAudio);
  const upstream = { endpoint: target.endpoint, ca: target.tls?.ca };
  let calls = 0;
  const listener = await Http2Listener.listen({
    port,
    onStream: (stream, headers) => {
      const number = methodOf(String(headers[':path'])) ? calls++ : -1;
      new RelayedCall(number, stream, headers, upstream, recorder);
    },
  }).catch((error: unknown) => {
    sink.close();
    throw error;
  });
  sink.write({ type: 'recorded-session', version: 1 });
  const endpoint = `http://127.0.0.1:${listener.port}`;
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= listener.close().then(() => sink.close());
    return closed;
  };
  const { cid, apiKey } = target;
  return {
    endpoint,
    connection: { endpoint, ...(cid !== undefined && { cid }), ...(apiKey !== undefined && { apiKey }) },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function checkTarget({ endpoint }: RecordedTarget): void {
  const allowed = 'must be a URL with http: or https:, a host and a port';
  if (typeof endpoint !== 'string' || !URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) {
    throw new OptionError('recordSession({ target: { endpoint } })', allowed, endpoint);
  }
}

interface Sink {
  write(entry: RecordedEntry): void;
  close(): void;
}

/** Writes at once, so that a recording holds everything up to a crash; the first failure ends the writing, and is told at the end. */
function openSink(to: RecordSessionOptions['to']): Sink {
  const file = typeof to === 'function' ? undefined : openFile(to);
  const writeLine = typeof to === 'function' ? to : (line: string) => void writeSync(file as number, `${line}\n`);
  let failed: { error: unknown } | undefined;
  return {
    write: (entry) => {
      if (failed) return;
      try {
        writeLine(JSON.stringify(entry));
      } catch (error) {
        failed = { error };
      }
    },
    close: () => {
      if (file !== undefined) closeSync(file);
      if (failed) throw failed.error;
    },
  };
}

function openFile(to: string | URL): number {
  try {
    return openSync(to, 'w');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new OptionError('recordSession({ to })', `can't be written: ${reason}`);
  }
}
