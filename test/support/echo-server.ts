import type { AudioChunk } from '../../src/audio/index.js';
import type { Prediction } from '../../src/predictions/index.js';
import { type PcmChunk, pcmChunk } from './audio.js';
import { genderRow, type ScriptedCall, startScriptedServer } from './scripted-server.js';

/** Samples say where they come from: their position in the source, modulo this prime. Most are loud. */
export const MODULUS = 32_749;

/** Audio whose samples say where they come from. */
export function markedChunk(
  length: number,
  sampleRate: number,
  position: number,
  source: AudioChunk['timing']['source'],
  flow: AudioChunk['flow'],
): PcmChunk {
  return pcmChunk(
    Int16Array.from({ length }, (_, i) => ((position + i) % MODULUS) - 16_374),
    sampleRate,
    position,
    source,
    flow,
  );
}

/** What one call has brought. */
export interface EchoCall {
  readonly number: number;
  readonly call: ScriptedCall;
  readonly sampleRate: number;
  /** Samples of each message. */
  readonly messages: Int16Array[];
  /** Samples that came so far. */
  received: number;
  /** Samples that were answered with an utterance so far. */
  answered: number;
  /** Whether the client ended the audio. */
  halfClosed: boolean;
  /** Answers all that came since the last answer with one utterance. */
  answer: () => void;
}

/** How an {@link startEchoServer echo server} behaves. */
export interface EchoOptions {
  /** Answers when so many samples came since the last answer. Default: at the end only. */
  utterance?: number;
  /** Whether the end is answered with OK. Default: true. */
  ends?: boolean;
  onCall?: (echo: EchoCall) => void;
  onAudio?: (echo: EchoCall) => void;
}

/** A server that says which of its samples it heard: one utterance for each run that it answers. */
export async function startEchoServer({ utterance = Number.POSITIVE_INFINITY, ends = true, onCall, onAudio }: EchoOptions = {}) {
  const calls: EchoCall[] = [];
  const server = await startScriptedServer((call) => {
    let echo: EchoCall | undefined;
    call.on('error', () => {});
    call.on('data', ({ config, audioContent }) => {
      if (!echo) {
        const opened: EchoCall = {
          number: calls.length,
          call,
          sampleRate: config?.sampleRateHertz ?? 0,
          messages: [],
          received: 0,
          answered: 0,
          halfClosed: false,
          answer: () => answer(opened),
        };
        echo = opened;
        calls.push(opened);
        onCall?.(opened);
        return;
      }
      const bytes = Buffer.from(audioContent);
      echo.messages.push(new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2));
      echo.received += bytes.length / 2;
      if (echo.received - echo.answered >= utterance) echo.answer();
      onAudio?.(echo);
    });
    call.on('end', () => {
      if (!echo) return;
      echo.halfClosed = true;
      if (echo.received > echo.answered) echo.answer();
      if (ends) call.end();
    });
  });
  return { ...server, calls };
}

function answer(echo: EchoCall): void {
  const seconds = (samples: number) => String(samples / echo.sampleRate);
  const row = genderRow('utterance', String(echo.answered), seconds(echo.answered), seconds(echo.received));
  echo.answered = echo.received;
  echo.call.write({ pid: 1, result: [row] });
}

/** The sample that a call heard at a place, as the sample itself says: its source position modulo {@link MODULUS}. */
export function heardAt({ messages }: EchoCall, index: number): number {
  let rest = index;
  for (const message of messages) {
    if (rest < message.length) return message[rest]! + 16_374;
    rest -= message.length;
  }
  throw new Error(`the call heard no sample ${index}`);
}

/** Runs of samples that a call heard in sequence, as positions modulo {@link MODULUS} of their first samples and their lengths. */
export function heardRuns({ messages }: EchoCall): { from: number; length: number }[] {
  const runs: { from: number; length: number }[] = [];
  let next = -1;
  for (const message of messages) {
    for (const sample of message) {
      const at = sample + 16_374;
      if (at === next) runs.at(-1)!.length += 1;
      else runs.push({ from: at, length: 1 });
      next = (at + 1) % MODULUS;
    }
  }
  return runs;
}

/** Whether a prediction's times are those of the samples that it was made from. */
export function liesWhereHeard(prediction: Prediction, calls: readonly EchoCall[]): boolean {
  const echo = calls[prediction.epoch];
  if (!echo || prediction.startTime === undefined || prediction.endTime === undefined) return false;
  const first = Math.round(prediction.startTime * echo.sampleRate);
  const last = Math.round(prediction.endTime * echo.sampleRate) - 1;
  const position = (ms: number) => Math.round((ms * echo.sampleRate) / 1000) % MODULUS;
  return (
    position(prediction.startMs) === heardAt(echo, first) && position(prediction.endMs) === (heardAt(echo, last) + 1) % MODULUS
  );
}
