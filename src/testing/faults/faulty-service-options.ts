import { expectNumber, expectOptions, OptionError, type OptionNames } from '../../errors/index.js';
import type { LocalServiceOptions, ServiceTls } from '../../service/index.js';
import { SERVICE_TLS_NAMES } from '../../service/service-options.js';
import { countSent, type KnownRecording, locateInRecording, type SourcePositionOf } from '../position/source-locator.js';
import type { Script, ScriptHandler } from '../script/script.js';
import type { TestConnection } from '../test-connection.js';
import { checkFaultPlan } from './check-fault-plan.js';
import type { FaultPlan, FiredFault } from './fault.js';

/**
 * Options of `startFaultyService()`.
 *
 * At most one of `service`, `script` and `target` says what answers, and at most one of `recording` and `sourcePositionOf` how the
 * position of a call's audio in its source is known. Without either it is what the call has brought, so that after a reconnect it
 * counts from 0 again.
 */
export interface FaultyServiceOptions {
  /** What goes wrong, and when. */
  readonly plan: FaultPlan;
  /** Options of the local service that answers behind the faults. Default: its defaults. */
  readonly service?: Omit<LocalServiceOptions, 'port' | 'host' | 'tls' | 'allowInsecure' | 'signal'>;
  /** What answers instead of a local service, as for `startScriptedService()`. */
  readonly script?: Script | ScriptHandler;
  /** A running service that answers instead, in plaintext on this machine: the `connection` of a local service, or of a replay. */
  readonly target?: TestConnection;
  /** The audio that is sent, sample for sample, in which each call's audio is then found. */
  readonly recording?: KnownRecording;
  /** Tells up to which position of its source a call's audio has come. */
  readonly sourcePositionOf?: SourcePositionOf;
  /** Answers over TLS: with certificates made for the occasion (`true`) or these. Default: plaintext. */
  readonly tls?: boolean | Pick<ServiceTls, 'cert' | 'key' | 'clientCa'>;
  /** 0 takes a free one. Default: 0. */
  readonly port?: number;
  /** Called for each fault as it fires. */
  readonly onFired?: (fired: FiredFault) => void;
}

const NAMES: OptionNames<FaultyServiceOptions> = {
  plan: true,
  service: true,
  script: true,
  target: true,
  recording: true,
  sourcePositionOf: true,
  tls: true,
  port: true,
  onFired: true,
};

/** Checks the options, those of the responder excepted, and finds out how positions are known. */
export function checkOptions(options: FaultyServiceOptions): { positionOf: SourcePositionOf } {
  expectOptions('startFaultyService', options, NAMES);
  const { plan, tls = false, port = 0, service, script, target, recording, sourcePositionOf } = options;
  checkFaultPlan(plan, tls !== false);
  expectNumber('startFaultyService({ port })', port, { min: 0, max: 65_535, whole: true });
  atMostOne({ service, script, target });
  atMostOne({ recording, sourcePositionOf });
  if (sourcePositionOf !== undefined && typeof sourcePositionOf !== 'function') {
    throw new OptionError('startFaultyService({ sourcePositionOf })', 'must be a function', sourcePositionOf);
  }
  if (typeof tls !== 'boolean') expectOptions((name) => `startFaultyService({ tls: { ${name} } })`, tls, SERVICE_TLS_NAMES);
  if (!recording) return { positionOf: sourcePositionOf ?? countSent };
  if (!(recording.samples instanceof Int16Array)) {
    throw new OptionError('startFaultyService({ recording.samples })', 'must be an Int16Array', recording.samples);
  }
  expectNumber('startFaultyService({ recording.sampleRate })', recording.sampleRate, { min: 4000, max: 384_000, whole: true });
  return { positionOf: locateInRecording(recording) };
}

function atMostOne(given: Readonly<Record<string, unknown>>): void {
  const names = Object.keys(given).filter((name) => given[name] !== undefined);
  if (names.length > 1) throw new OptionError(`startFaultyService({ ${names[1]} })`, `can't be given together with ${names[0]}`);
}
