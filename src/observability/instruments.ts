import type { Counter, Histogram, Meter, UpDownCounter } from '@opentelemetry/api';

/** Everything that is measured. */
export interface Instruments {
  readonly sent: Counter;
  readonly size: Counter;
  readonly replayed: Counter;
  readonly missing: Counter;
  readonly queued: UpDownCounter;
  readonly active: UpDownCounter;
  readonly duration: Histogram;
  readonly stalled: Counter;
  readonly reconnects: Counter;
  readonly rotations: Counter;
  readonly results: Counter;
  readonly latency: Histogram;
  readonly responseTime: Histogram;
  readonly diagnostics: Counter;
}

/** Bounds in seconds: OpenTelemetry's own are meant for milliseconds. */
const LATENCY_BOUNDS = [0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30];
const DURATION_BOUNDS = [1, 5, 15, 60, 300, 900, 1800, 3600, 10_800, 28_800];

/** Makes the instruments, named and measured by OpenTelemetry's conventions; docs/observability.md lists them. */
export function createInstruments(meter: Meter): Instruments {
  const counter = (name: string, unit: string, description: string) =>
    meter.createCounter(`behavioral_signals.${name}`, { unit, description });
  const upDown = (name: string, unit: string, description: string) =>
    meter.createUpDownCounter(`behavioral_signals.${name}`, { unit, description });
  const histogram = (name: string, description: string, explicitBucketBoundaries: number[]) =>
    meter.createHistogram(`behavioral_signals.${name}`, { unit: 's', description, advice: { explicitBucketBoundaries } });
  return {
    sent: counter('audio.sent', 's', 'Audio written to the server, replays left out'),
    size: counter('audio.size', 'By', 'Bytes of audio written to the server, replays left out'),
    replayed: counter('audio.replayed', 's', 'Audio sent again after failures and rotations'),
    missing: counter('audio.missing', 's', 'Audio that the server did not answer, by reason'),
    queued: upDown('audio.queued', 's', 'Audio that waits for the transport'),
    active: upDown('session.active', '{session}', 'Sessions that live'),
    duration: histogram('session.duration', 'From the first call of a session to its end', DURATION_BOUNDS),
    stalled: counter('session.stalled', 's', 'Time sources were held because the server read slowly or was not connected'),
    reconnects: counter('session.reconnects', '{reconnect}', 'Server calls that followed a failed one'),
    rotations: counter('session.rotations', '{rotation}', 'Server calls that followed an old one without a failure'),
    results: counter('results', '{result}', 'Segments and utterances answered'),
    latency: histogram('result.latency', 'From the capture of the last sample to the result', LATENCY_BOUNDS),
    responseTime: histogram('result.response_time', 'From the sending of the last sample to the result', LATENCY_BOUNDS),
    diagnostics: counter('diagnostics', '{diagnostic}', 'Things noticed about the audio and its handling'),
  };
}
