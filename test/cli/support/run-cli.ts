import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Prediction } from '../../../src/index.js';
import { cli } from './built-cli.js';

/** The recordings that tests stream. */
export const fixtures = path.resolve(import.meta.dirname, '../../fixtures');
export const call = path.join(fixtures, 'call/support_mulaw_8k.wav');

/** The world of a child: nothing of the tests' own environment that could change what the command line does. */
function environment(extra: Record<string, string>): NodeJS.ProcessEnv {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'SystemRoot'].flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []));
  return { ...Object.fromEntries(kept), ...extra };
}

/** A line of JSON output. */
export type JsonLine = Prediction & { channel: number | 'mix' };

/** The command line, running. */
export class RunningCli {
  readonly child: ChildProcessWithoutNullStreams;
  stdout = '';
  stderr = '';

  constructor(args: readonly string[], env: Record<string, string> = {}) {
    this.child = spawn(process.execPath, [cli, ...args], { env: environment(env) });
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
  }

  /** Resolves when text has been printed; rejects when the process ends without having printed it. */
  async printed(stream: 'stdout' | 'stderr', text: string | RegExp): Promise<void> {
    const found = () => (typeof text === 'string' ? this[stream].includes(text) : text.test(this[stream]));
    while (!found()) {
      if (this.child[stream].readableEnded) throw new Error(`ended without printing ${text}:\n${this.stdout}\n${this.stderr}`);
      await Promise.race([once(this.child[stream], 'data'), once(this.child[stream], 'end')]);
    }
  }

  /** Ends standard input and waits for the end. */
  async end(): Promise<Finished> {
    this.child.stdin.on('error', () => {});
    if (!this.child.stdin.writableEnded) this.child.stdin.end();
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'close');
    return new Finished(this.child.exitCode, this.stdout, this.stderr);
  }
}

/** What the command line left behind. */
export class Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;

  constructor(code: number | null, stdout: string, stderr: string) {
    this.code = code;
    this.stdout = stdout;
    this.stderr = stderr;
  }

  /** Standard output as JSON lines; throws when anything else is there. */
  lines<Line = JsonLine>(): Line[] {
    return this.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);
  }
}

/** Runs the command line to its end. */
export async function runCli(
  args: readonly string[],
  { env = {}, stdin }: { env?: Record<string, string>; stdin?: Uint8Array } = {},
): Promise<Finished> {
  const running = new RunningCli(args, env);
  running.child.stdin.on('error', () => {});
  running.child.stdin.end(stdin);
  return running.end();
}
