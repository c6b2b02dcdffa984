import type { Engine, EngineStream, EngineStreamOptions } from '../../src/engine/index.js';

/** What a {@link levelMeter} lets a test see of one stream. */
export interface MeterStream {
  options: EngineStreamOptions;
  /** Samples given so far, and those consumed. */
  pushed: number;
  consumed: number;
  ended: boolean;
  cancelled: boolean;
}

/** How a {@link levelMeter} behaves. */
export interface LevelMeterOptions {
  name?: string;
  /** Length of a segment in samples. Default: 8,000. */
  segmentLength?: number;
  /** Consumes one push only when the promise settles. Default: at once. */
  consume?: () => Promise<void>;
}

/** A small engine that measures loudness: a real one, without the local engine's cost, and with its insides visible. */
export function levelMeter({ name = 'level-meter', segmentLength = 8_000, consume }: LevelMeterOptions = {}) {
  const streams: MeterStream[] = [];
  let closed = false;
  const engine: Engine = {
    name,
    open(options) {
      const seen: MeterStream = { options, pushed: 0, consumed: 0, ended: false, cancelled: false };
      streams.push(seen);
      return meterStream(seen, segmentLength, consume);
    },
    close: () => {
      closed = true;
    },
  };
  return {
    engine,
    streams,
    get closed() {
      return closed;
    },
  };
}

function meterStream(seen: MeterStream, segmentLength: number, consume?: () => Promise<void>): EngineStream {
  let squares = 0;
  let filled = 0;
  const measure = (samples: Int16Array) => {
    for (const sample of samples) {
      squares += (sample / 32_768) ** 2;
      filled += 1;
      seen.consumed += 1;
      if (filled === segmentLength) emit();
    }
  };
  const emit = () => {
    const end = seen.consumed;
    const { sampleRate, onResult } = seen.options;
    const predictions = [{ score: Math.sqrt(squares / filled) }];
    const [startTime, endTime] = [(end - filled) / sampleRate, end / sampleRate];
    squares = filled = 0;
    onResult({ id: '1', level: 'segment', startTime, endTime, tasks: [{ task: 'loudness', predictions, finalLabel: '' }] });
  };
  return {
    push(samples) {
      seen.pushed += samples.length;
      if (!consume) return measure(samples);
      return consume().then(() => measure(samples));
    },
    end() {
      seen.ended = true;
      if (filled > 0) emit();
    },
    cancel() {
      seen.cancelled = true;
    },
  };
}
