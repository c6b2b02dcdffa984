import { Observable } from 'rxjs';
import type { AudioChunk, Pcm, SourceId } from '../../src/audio/index.js';
import { type Flow, FlowGate } from '../../src/flow/index.js';

export type FloatChunk = AudioChunk<Pcm<'float32'>>;
export type PcmChunk = AudioChunk<Pcm<'s16le', 1>>;

/** A sine, one array of samples. */
export function sine(hz: number, sampleRate: number, length: number, amplitude = 0.5): Float32Array {
  return Float32Array.from({ length }, (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / sampleRate));
}

export function floatChunk(data: Float32Array[], sampleRate: number, position: number, source: SourceId, flow: Flow): FloatChunk {
  const format: Pcm<'float32'> = { encoding: 'float32', channels: data.length, sampleRate };
  return { data, format, length: data[0]!.length, timing: { source, position }, flow };
}

export function pcmChunk(samples: Int16Array, sampleRate: number, position: number, source: SourceId, flow: Flow): PcmChunk {
  const data = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  return {
    data,
    format: { encoding: 's16le', channels: 1, sampleRate },
    length: samples.length,
    timing: { source, position },
    flow,
  };
}

/** What {@link pausableSource} lets a test see. */
export interface SourceProbe {
  /** Chunks emitted so far. */
  emitted: number;
  /** Open holds. */
  readonly holds: number;
  subscribed: number;
  unsubscribed: number;
}

/** A cold source that honours its flow: emits the chunks one per turn of the event loop, and none while it is held. */
export function pausableSource<Chunk extends { flow: Flow }>(
  make: (index: number, flow: Flow, source: SourceId) => Chunk | undefined,
  end?: Error,
): { source$: Observable<Chunk>; probe: SourceProbe } {
  let gate: FlowGate | undefined;
  const probe: SourceProbe = {
    emitted: 0,
    subscribed: 0,
    unsubscribed: 0,
    get holds() {
      return gate?.holds ?? 0;
    },
  };
  const source$ = new Observable<Chunk>((subscriber) => {
    probe.subscribed += 1;
    const source: SourceId = { label: 'test' };
    let index = 0;
    let timer: NodeJS.Immediate | undefined;
    const own = new FlowGate({ onResume: schedule });
    gate = own;
    function schedule() {
      timer ??= setImmediate(step);
    }
    function step() {
      timer = undefined;
      if (own.isHeld || subscriber.closed) return;
      const chunk = make(index, own, source);
      if (!chunk) {
        if (end) subscriber.error(end);
        else subscriber.complete();
        return;
      }
      index += 1;
      probe.emitted += 1;
      subscriber.next(chunk);
      schedule();
    }
    schedule();
    return () => {
      probe.unsubscribed += 1;
      clearImmediate(timer);
    };
  });
  return { source$, probe };
}

/** Mono 16-bit audio of a length, in chunks, from a pausable source. */
export function pcmSource(totalMs: number, chunkMs: number, sampleRate = 16_000, end?: Error) {
  const length = Math.round((chunkMs * sampleRate) / 1000);
  const count = Math.ceil(totalMs / chunkMs);
  return pausableSource<PcmChunk>(
    (index, flow, source) =>
      index < count ? pcmChunk(new Int16Array(length).fill(index + 1), sampleRate, index * length, source, flow) : undefined,
    end,
  );
}

/** Joins the samples of float chunks, per channel. */
export function joinFloat(chunks: readonly FloatChunk[]): number[][] {
  const channels = chunks[0]?.data.length ?? 0;
  return Array.from({ length: channels }, (_, channel) => chunks.flatMap((chunk) => Array.from(chunk.data[channel]!)));
}
