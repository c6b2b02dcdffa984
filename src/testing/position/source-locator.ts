import { RecordingIndex } from './recording-index.js';

/** Audio that a call brought. */
export interface CallAudio {
  /** 16-bit samples, as they were sent. */
  readonly samples: Int16Array;
  /** In Hz. */
  readonly sampleRate: number;
  /** Samples that the call had brought before. */
  readonly sentBefore: number;
  /** Number of the call, from 0. */
  readonly call: number;
}

/** Tells up to which position of its source, in milliseconds, a call's audio has come; undefined where that can't be told. */
export type SourcePositionOf = (audio: CallAudio) => number | undefined;

/** The recording that sessions send: mono, at the rate of the wire. */
export interface KnownRecording {
  /** 16-bit samples, exactly as they are sent. */
  readonly samples: Int16Array;
  /** In Hz. */
  readonly sampleRate: number;
}

/** Counts what each call has brought: right for sources that are sent once, from their start. */
export const countSent: SourcePositionOf = ({ samples, sampleRate, sentBefore }) =>
  ((sentBefore + samples.length) / sampleRate) * 1000;

/**
 * Finds the audio of each call in the recording that it was taken from, whatever was sent again, left out or cut otherwise.
 *
 * Digital silence, or audio that occurs more than once, is taken for the next of its place or, where a call begins with it, for the
 * place nearest to what came before. Audio that isn't in the recording has no position.
 */
export function locateInRecording({ samples: recording, sampleRate: recordingRate }: KnownRecording): SourcePositionOf {
  const index = new RecordingIndex(recording);
  /** For each call, the position after its last sample that was found. */
  const next = new Map<number, number>();
  let last = 0;
  return ({ samples, sampleRate, call }) => {
    if (sampleRate !== recordingRate) return undefined;
    let position = next.get(call);
    for (let offset = 0; offset < samples.length; ) {
      const length = position === undefined ? 0 : index.matchLength(samples, offset, position);
      if (length > 0) {
        offset += length;
        position = (position as number) + length;
        continue;
      }
      const found = index.find(samples, offset, position ?? last);
      if (!found) break;
      offset = found.offset + found.length;
      position = found.position + found.length;
    }
    if (position === undefined) return undefined;
    next.delete(call);
    next.set(call, position);
    // Calls are few at a time; those that are over must not add up.
    if (next.size > 1024) next.delete(next.keys().next().value as number);
    last = position;
    return (position / recordingRate) * 1000;
  };
}
