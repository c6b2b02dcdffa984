import { expectOptions, OptionError, type OptionNames } from '../../errors/index.js';
import type { ScriptedCall } from '../script/scripted-call.js';
import { type ScriptedService, type ScriptedServiceOptions, startScriptedService } from '../script/start-scripted-service.js';
import type { StreamConfig } from '../script/stream-config.js';
import { type CallRecording, callsOf, readRecording } from './read-recording.js';

/** Options of {@link replaySession}. */
export interface ReplaySessionOptions extends Pick<ScriptedServiceOptions, 'port' | 'onMessage'> {
  /** Whether the first recorded call follows the last one; otherwise further calls end with FAILED_PRECONDITION. Default: false. */
  readonly repeat?: boolean;
}

const NAMES: OptionNames<ReplaySessionOptions> = { port: true, onMessage: true, repeat: true };

/** A service that answers as it was recorded. */
export interface ReplayedService extends ScriptedService {
  /** Results that were not released, because the client ended its audio before their positions. */
  readonly unreleased: number;
}

/**
 * Starts a service that answers as a recorded one did: the n-th call gets the n-th recorded call's results, each once the call has
 * sent as many samples as had been sent when it was recorded, and its status.
 *
 * A call that asks for something else than the recorded one (method, sample rate, level) ends with FAILED_PRECONDITION.
 *
 * @param recording A file of `recordSession()`, or its lines.
 * @throws OptionError for an unknown option, and for a recording that can't be read, naming the line; ServiceError `SERVICE_START_FAILED` when the port is taken.
 */
export async function replaySession(
  recording: string | URL | Iterable<string>,
  options: ReplaySessionOptions = {},
): Promise<ReplayedService> {
  expectOptions('replaySession', options, NAMES);
  const { repeat = false, ...others } = options;
  const calls = callsOf(readRecording(recording));
  if (calls.length === 0) throw new OptionError('recording', 'holds no call');
  const engines = new Set(calls.flatMap(({ engine }) => engine ?? []));
  const [engine] = engines;
  let unreleased = 0;
  const service = await startScriptedService(
    async (call) => {
      const recorded = calls[repeat ? call.number % calls.length : call.number];
      if (recorded) unreleased += await replayCall(call, recorded);
      else call.fail('FAILED_PRECONDITION', `The recording has ${calls.length} calls, and this is number ${call.number + 1}.`);
    },
    { ...others, ...(engine !== undefined && { engine }) },
  );
  return {
    ...service,
    get calls() {
      return service.calls;
    },
    get unreleased() {
      return unreleased;
    },
  };
}

/** Answers as was recorded; returns how many results were not released. */
async function replayCall(call: ScriptedCall, { method, config, steps }: CallRecording): Promise<number> {
  // A call that was refused before its configuration came is refused again.
  if (config) {
    const mismatch = difference({ method: call.method, ...(await call.configured()) }, { method, ...config });
    if (mismatch) {
      call.fail('FAILED_PRECONDITION', `The recorded call had ${mismatch}.`);
      return 0;
    }
  }
  let unreleased = 0;
  for (const step of steps) {
    if (step.audioEnded) await call.audioEnd();
    const reached = await call.samples(step.sentSamples);
    if (step.type === 'result') {
      if (reached) call.send(step.result);
      else unreleased += 1;
    } else if (step.by === 'service') {
      call.fail(step.status, step.details);
      return unreleased;
    }
  }
  // The client left, or the recording broke off.
  await call.audioEnd();
  return unreleased;
}

function difference(asked: StreamConfig & { method: string }, recorded: StreamConfig & { method: string }): string | undefined {
  if (asked.method !== recorded.method) return `method ${recorded.method}, and this one has ${asked.method}`;
  if (asked.sampleRate !== recorded.sampleRate) return `${recorded.sampleRate} Hz, and this one has ${asked.sampleRate} Hz`;
  if (asked.level !== recorded.level) return `level ${recorded.level ?? 'all'}, and this one has ${asked.level ?? 'all'}`;
  return undefined;
}
