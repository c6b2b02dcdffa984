import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { FfmpegError } from '../../src/errors/index.js';
import {
  type FfmpegDecoder,
  type FfmpegDecoderOptions,
  type FfmpegOutcome,
  startFfmpegDecoder,
} from '../../src/process/index.js';

/** Everything a decode led to. */
export interface Decoded {
  wav: Buffer;
  pieces: number;
  outcome: FfmpegOutcome | undefined;
  error: FfmpegError | undefined;
  decoder: FfmpegDecoder;
}

type Settings = Omit<FfmpegDecoderOptions, 'onDrain' | 'onData' | 'onEnd' | 'onError'>;

/** Feeds the pieces to an ffmpeg decoder, waiting where it asks to, and collects what comes out. */
export async function decodeWithFfmpeg(settings: Settings, input: Uint8Array | readonly Uint8Array[]): Promise<Decoded> {
  const wav: Buffer[] = [];
  let drained = () => {};
  const decoded = await new Promise<Decoded>((resolve) => {
    const finish = (end: { outcome?: FfmpegOutcome; error?: FfmpegError }) => {
      drained();
      resolve({ wav: Buffer.concat(wav), pieces: wav.length, outcome: end.outcome, error: end.error, decoder });
    };
    const decoder = startFfmpegDecoder({
      ...settings,
      onDrain: () => drained(),
      onData: (bytes) => wav.push(bytes),
      onEnd: (outcome) => finish({ outcome }),
      onError: (error) => finish({ error }),
    });
    const feed = async () => {
      for (const piece of input instanceof Uint8Array ? [input] : input) {
        if (!decoder.write(piece)) {
          await new Promise<void>((resume) => {
            drained = resume;
          });
        }
      }
      decoder.end();
    };
    void feed();
  });
  await decoded.decoder.exited;
  return decoded;
}

export interface FloatWav {
  channels: number;
  sampleRate: number;
  /** Samples, channels interleaved. */
  samples: Float32Array;
}

/** Reads the one form of WAV that our ffmpeg arguments ask for: a header of 68 bytes, then samples. */
export function readFloatWav(wav: Buffer): FloatWav {
  if (wav.toString('latin1', 0, 4) !== 'RIFF' || wav.toString('latin1', 60, 64) !== 'data')
    throw new Error('not the expected header');
  const channels = wav.readUInt16LE(22);
  const sampleRate = wav.readUInt32LE(24);
  const samples = new Float32Array((wav.length - 68) >> 2);
  for (let i = 0; i < samples.length; i += 1) samples[i] = wav.readFloatLE(68 + i * 4);
  return { channels, sampleRate, samples };
}

/** A file of test/fixtures. */
export function fixture(name: string): Buffer {
  return readFileSync(fixturePath(name));
}

export function fixturePath(name: string): string {
  return path.join(import.meta.dirname, '..', 'fixtures', name);
}

/** Whether a process is there. */
export function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
