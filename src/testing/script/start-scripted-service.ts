import { expectNumber, expectOptions, OptionError, type OptionNames } from '../../errors/index.js';
import { ENGINE_HEADER } from '../../grpc/index.js';
import { TEST_CREDENTIALS, type TestConnection } from '../test-connection.js';
import { methodOf } from '../wire/audio-messages.js';
import { Http2Listener } from '../wire/http2-listener.js';
import { ServerStream } from '../wire/server-stream.js';
import { followScript, type Script, type ScriptHandler } from './script.js';
import { type ReceivedMessage, ScriptedCall } from './scripted-call.js';

/** Options of {@link startScriptedService}. */
export interface ScriptedServiceOptions {
  /** 0 takes a free one. Default: 0. */
  readonly port?: number;
  /** Name of the engine in the initial metadata; one that begins with `local` makes predictions say so. Default: none, as the vendor's service. */
  readonly engine?: string;
  /** Sees each message as it comes, credentials included. */
  readonly onMessage?: (message: ReceivedMessage, call: ScriptedCall) => void;
}

/** A service that answers what a script says. */
export interface ScriptedService {
  /** The port that is listened on. */
  readonly port: number;
  /** With its scheme: `http://127.0.0.1:50051`. */
  readonly endpoint: string;
  /** Options for `behavioralSignals()`; other credentials are accepted too. */
  readonly connection: TestConnection;
  /** How many calls were made. */
  readonly calls: number;
  /** What scripts threw, the last 100; their calls ended with INTERNAL. */
  readonly errors: readonly unknown[];
  /** Ends everything at once, and leaves nothing open. */
  close(): Promise<void>;
  /** Closes at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}

const NAMES: OptionNames<ScriptedServiceOptions> = { port: true, engine: true, onMessage: true };

const MAX_ERRORS = 100;

/**
 * Starts a service on this machine that answers what it is told: for tests of applications, with fixed answers.
 *
 * @param script Steps for every call, or a handler that is called for each.
 * @throws OptionError for a script or an option that isn't allowed; ServiceError `SERVICE_START_FAILED` when the port is taken.
 */
export async function startScriptedService(
  script: Script | ScriptHandler,
  options: ScriptedServiceOptions = {},
): Promise<ScriptedService> {
  expectOptions('startScriptedService', options, NAMES);
  const { port = 0, engine, onMessage } = options;
  if (typeof script !== 'function' && !Array.isArray(script)) {
    throw new OptionError('script', 'must be an array of steps, or a function', script);
  }
  if (engine !== undefined && !/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(engine)) {
    throw new OptionError('startScriptedService({ engine })', 'must be printable ASCII', engine);
  }
  expectNumber('startScriptedService({ port })', port, { min: 0, max: 65_535, whole: true });
  const handle = typeof script === 'function' ? script : followScript(script as Script);
  const errors: unknown[] = [];
  let calls = 0;
  const listener = await Http2Listener.listen({
    port,
    onStream: (stream, headers) => {
      const method = methodOf(String(headers[':path']));
      if (!method) {
        const nothing = () => {};
        const refused = new ServerStream(stream, headers, {
          message: nothing,
          halfClose: nothing,
          drained: nothing,
          closed: nothing,
        });
        refused.finish({ status: 'UNIMPLEMENTED', details: `${refused.path} is not scripted.` });
        return;
      }
      const call = new ScriptedCall(stream, headers, {
        number: calls++,
        method,
        metadata: engine === undefined ? {} : { [ENGINE_HEADER]: engine },
        onMessage,
      });
      void run(handle, call).catch((error: unknown) => {
        // What a call's own end interrupts did not fail.
        if (call.signal.aborted && error === call.signal.reason) return;
        errors.push(error);
        if (errors.length > MAX_ERRORS) errors.shift();
        call.fail('INTERNAL', `The script failed: ${error instanceof Error ? error.message : String(error)}`);
      });
    },
  });
  const endpoint = `http://127.0.0.1:${listener.port}`;
  const close = () => listener.close();
  return {
    port: listener.port,
    endpoint,
    connection: { endpoint, ...TEST_CREDENTIALS },
    get calls() {
      return calls;
    },
    errors,
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function run(handle: ScriptHandler, call: ScriptedCall): Promise<void> {
  await handle(call);
  if (!call.signal.aborted) call.end();
}
