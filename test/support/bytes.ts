import { lastValueFrom, type Observable, type OperatorFunction, tap } from 'rxjs';
import { vi } from 'vitest';
import type { ByteChunk } from '../../src/audio/index.js';
import { type FloatChunk, pausableSource } from './audio.js';
import { joinChannels } from './decoding.js';

/** Bytes from a pausable source, so many at a time. */
export function byteSource(bytes: Uint8Array, size = 4096, end?: Error) {
  return pausableSource<ByteChunk>(
    (index, flow, source) =>
      index * size < bytes.length ? { data: bytes.subarray(index * size, (index + 1) * size), source, flow } : undefined,
    end,
  );
}

/** What decoding some bytes led to. */
export interface Collected {
  chunks: FloatChunk[];
  channels: Float32Array[];
  seconds: number;
  error: unknown;
}

/** Runs bytes through decode() to the end or the error. */
export async function collect<In>(source$: Observable<In>, operator: OperatorFunction<In, FloatChunk>): Promise<Collected> {
  const chunks: FloatChunk[] = [];
  const error: unknown = await lastValueFrom(
    source$.pipe(
      operator,
      tap((chunk) => void chunks.push(chunk)),
    ),
    {
      defaultValue: undefined,
    },
  ).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const seconds = chunks.reduce((sum, { length, format }) => sum + length / format.sampleRate, 0);
  return { chunks, channels: joinChannels(chunks.map(({ data }) => data)), seconds, error };
}

/** Waits until this process has no child left. */
export async function noChildLeft(): Promise<void> {
  await vi.waitFor(
    () => {
      const children = process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap').length;
      if (children > 0) throw new Error(`${children} child processes are left`);
    },
    { timeout: 5000, interval: 5 },
  );
}
