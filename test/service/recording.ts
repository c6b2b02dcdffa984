import { readFileSync } from 'node:fs';
import { mulaw } from 'alawmulaw';

/** One party of the recorded telephone call: 14.1 s of 8 kHz audio. */
export function party(channel: 'agent' | 'customer'): { samples: Int16Array; sampleRate: number } {
  const file = readFileSync(new URL('../fixtures/call/support_mulaw_8k.wav', import.meta.url));
  const data = file.indexOf('data', 12, 'latin1');
  const interleaved = mulaw.decode(file.subarray(data + 8, data + 8 + file.readUInt32LE(data + 4)));
  const offset = channel === 'agent' ? 0 : 1;
  return {
    samples: Int16Array.from({ length: interleaved.length / 2 }, (_, i) => interleaved[2 * i + offset]!),
    sampleRate: 8000,
  };
}
