import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import type { AudioDecoder, DecodedAudio } from '../../src/audio/decoder.js';
import type { DiagnosticEvent, StreamEvent } from '../../src/events/index.js';
import { findFfmpeg } from '../../src/process/index.js';

/** Path of a file of test/fixtures. */
export function fixturePath(name: string): string {
  return path.join(import.meta.dirname, '..', 'fixtures', name);
}

/** A file of test/fixtures. */
export function fixture(name: string): Buffer {
  return readFileSync(fixturePath(name));
}

/** Everything a decoder made of its input. */
export interface DecodeResult {
  /** Samples, per channel. */
  channels: Float32Array[];
  pieces: DecodedAudio[];
  sampleRate: number;
  seconds: number;
  error: unknown;
}

/** Feeds a decoder the pieces, to the end or to its error. */
export function decodeAll(decoder: AudioDecoder, input: readonly Uint8Array[]): DecodeResult {
  const pieces: DecodedAudio[] = [];
  let error: unknown;
  try {
    for (const bytes of input) for (const audio of decoder.push(bytes)) pieces.push(audio);
    for (const audio of decoder.flush()) pieces.push(audio);
  } catch (thrown) {
    error = thrown;
  }
  const sampleRate = pieces[0]?.format.sampleRate ?? 0;
  const channels = joinChannels(pieces.map(({ data }) => data));
  return { channels, pieces, sampleRate, seconds: sampleRate ? (channels[0]?.length ?? 0) / sampleRate : 0, error };
}

/** Joins pieces of planar samples. */
export function joinChannels(pieces: readonly (readonly Float32Array[])[]): Float32Array[] {
  const count = pieces[0]?.length ?? 0;
  return Array.from({ length: count }, (_, channel) => {
    const parts = pieces.map((data) => data[channel]!);
    const joined = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
    let offset = 0;
    for (const part of parts) {
      joined.set(part, offset);
      offset += part.length;
    }
    return joined;
  });
}

/** An events observer, and what it saw. */
export function eventLog() {
  const seen: StreamEvent[] = [];
  const diagnostics = () => seen.filter((event): event is DiagnosticEvent => event.type === 'diagnostic');
  return {
    events: { next: (event: StreamEvent) => void seen.push(event) },
    seen,
    diagnostics,
    codes: () => diagnostics().map(({ code }) => code),
  };
}

/** Splits bytes at arbitrary places, some of them close together. */
export function cutting(bytes: Uint8Array): fc.Arbitrary<Uint8Array[]> {
  return fc.array(fc.oneof(fc.nat(bytes.length), fc.nat(200)), { maxLength: 12 }).map((cuts) => {
    const edges = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
    return edges.slice(1).map((end, i) => bytes.subarray(edges[i], end));
  });
}

/** Byte for byte; quicker than toEqual() on many samples. */
export function isSame(left: readonly Float32Array[], right: readonly Float32Array[]): boolean {
  const bytes = (samples: Float32Array) => Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  return left.length === right.length && left.every((samples, i) => bytes(samples).equals(bytes(right[i]!)));
}

/** What ffmpeg makes of a file: the independent judge. Samples, per channel. */
export function decodedByFfmpeg(file: string, channels: number): Float32Array[] {
  const { stdout, status, stderr } = spawnSync(findFfmpeg().path, ['-v', 'error', '-i', file, '-f', 'f32le', 'pipe:1'], {
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(stderr.toString());
  const samples = new Float32Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.byteLength));
  return Array.from({ length: channels }, (_, channel) => samples.filter((_, i) => i % channels === channel));
}

/** Root of the mean squared difference, over the shorter of both. */
export function rmsError(left: Float32Array, right: Float32Array): number {
  const length = Math.min(left.length, right.length);
  let sum = 0;
  for (let i = 0; i < length; i += 1) sum += (left[i]! - right[i]!) ** 2;
  return Math.sqrt(sum / length);
}

/** A generator of pseudo-random numbers in [0, 1) with a seed (Numerical Recipes' linear congruence), for reproducible damage. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
