import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { RtpChunk } from '../../src/telephony/index.js';

/** Patience for senders on a machine that is busy with other tests: their packets may come in bursts. */
export const PATIENT_JITTER = { targetMs: 400, maxMs: 1000 };

/** Whether a program is on the PATH. */
export function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Programs that send; none outlives its test. */
export class Peers {
  readonly #children = new Set<ChildProcess>();

  /** Runs a program to its end. Rejects with what it said when it fails. */
  async run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } });
    this.#children.add(child);
    let said = '';
    child.stderr.on('data', (part) => {
      said = (said + part).slice(-2000);
    });
    const [code, signal] = await once(child, 'close');
    this.#children.delete(child);
    if (code !== 0) throw new Error(`${program} ended with ${code ?? signal}: ${said}`);
  }

  /** Ends those that still run. */
  stop(): void {
    for (const child of this.#children) child.kill('SIGKILL');
  }
}

/** Fails unless chunks follow each other without holes or overlaps, from 0. */
export function expectOneRun(chunks: readonly RtpChunk[]): void {
  let next = 0;
  for (const { timing, length } of chunks) {
    expect(timing.position).toBe(next);
    next += length;
  }
}

/** The chunks of what was received: no silence, nothing concealed. */
export function audioOf(chunks: readonly RtpChunk[]): RtpChunk[] {
  return chunks.filter(({ timing }) => timing.kind === 'audio');
}

/** How long chunks are together. */
export function seconds(chunks: readonly RtpChunk[]): number {
  return chunks.reduce((sum, { length, format }) => sum + length / format.sampleRate, 0);
}

/** The frequency of a tone, by the zero crossings in its middle half. */
export function dominantHz(chunks: readonly RtpChunk[]): number {
  const samples = chunks.flatMap(({ data }) => [...data[0]!]);
  const middle = samples.slice(samples.length >> 2, (samples.length * 3) >> 2);
  const crossings = middle.filter((sample, i) => i > 0 && sample >= 0 !== middle[i - 1]! >= 0).length;
  return (crossings / 2) * (chunks[0]!.format.sampleRate / middle.length);
}
