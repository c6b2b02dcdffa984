import { type CallAudio, locateInRecording, type SourcePositionOf } from '../../../src/testing/index.js';
import type { KnownUtterances } from './known-utterances.js';

/** Which audio came on a call. */
export interface LoggedCall {
  /** Position of its first sample in the recording, in samples. */
  readonly from: number;
  /** Position after its last. */
  readonly to: number;
}

/** Writes down which part of a recording each call brings, and what it brings that is no part of it. */
export class CallLog {
  readonly positionOf: SourcePositionOf;
  readonly calls = new Map<number, LoggedCall>();
  /** In words: calls whose audio is not one piece of the recording. */
  readonly errors: string[] = [];
  /** Audio that came, in milliseconds, what came again included. */
  receivedMs = 0;

  constructor(recording: KnownUtterances) {
    const locate = locateInRecording(recording);
    this.positionOf = (audio) => {
      const sourceMs = locate(audio);
      this.receivedMs += (audio.samples.length / audio.sampleRate) * 1000;
      this.#check(recording, audio, sourceMs);
      return sourceMs;
    };
  }

  /** Milliseconds of speech that no call brought; silence may be left out of what is sent again. */
  unheardMs({ spans, sampleRate }: KnownUtterances): number {
    const calls = [...this.calls.values()].sort((a, b) => a.from - b.from);
    let unheardMs = 0;
    for (const { startMs, endMs } of spans) {
      let atMs = startMs;
      for (const { from, to } of calls) if ((from / sampleRate) * 1000 <= atMs) atMs = Math.max(atMs, (to / sampleRate) * 1000);
      unheardMs += Math.max(0, endMs - atMs);
    }
    return unheardMs;
  }

  #check(recording: KnownUtterances, { samples, call, sentBefore }: CallAudio, sourceMs: number | undefined): void {
    const to = sourceMs === undefined ? Number.NaN : Math.round((sourceMs / 1000) * recording.sampleRate);
    const known = this.calls.get(call);
    const from = known?.from ?? to - sentBefore - samples.length;
    const isThere = samples.every((sample, i) => sample === recording.samples[from + sentBefore + i]);
    if (!isThere) this.errors.push(`call ${call}: the audio after ${sentBefore} samples is not what follows in the recording`);
    this.calls.set(call, { from, to });
  }
}
