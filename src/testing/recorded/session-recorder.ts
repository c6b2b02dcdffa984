import type { IncomingHttpHeaders } from 'node:http2';
import { ENGINE_HEADER } from '../../grpc/index.js';
import { toResultJson } from '../../predictions/index.js';
import { configOf } from '../script/stream-config.js';
import { readAudioStream, readStreamResult } from '../wire/audio-messages.js';
import type { GrpcFrame } from '../wire/grpc-frames.js';
import type { RelayedCall, RelayObserver } from '../wire/relayed-call.js';
import type { CallStatus } from '../wire/server-stream.js';
import type { RecordedCallEntry } from './recorded-entry.js';

interface CallSoFar {
  readonly call: number;
  sentSamples: number;
  audioEnded: boolean;
  ended: boolean;
}

type Written<Entry> = Entry extends RecordedCallEntry ? Omit<Entry, 'call'> : never;

/** Writes down what passes between clients and a service; never the token. */
export class SessionRecorder implements RelayObserver {
  readonly #calls = new Map<RelayedCall, CallSoFar>();
  readonly #write: (entry: RecordedCallEntry) => void;
  readonly #includeAudio: boolean;

  constructor(write: (entry: RecordedCallEntry) => void, includeAudio: boolean) {
    this.#write = write;
    this.#includeAudio = includeAudio;
  }

  opened(call: RelayedCall): void {
    if (!call.method) return;
    this.#calls.set(call, { call: call.number, sentSamples: 0, audioEnded: false, ended: false });
    this.#note(call, { type: 'call', method: call.method });
  }

  answered(call: RelayedCall, metadata: IncomingHttpHeaders): void {
    const engine = metadata[ENGINE_HEADER];
    this.#note(call, { type: 'answer', ...(typeof engine === 'string' && { engine }) });
  }

  request(call: RelayedCall, frame: GrpcFrame): void {
    const so = this.#calls.get(call);
    const message = so && !frame.compressed ? readAudioStream(frame.message) : undefined;
    if (so && message) {
      if (message.config) this.#note(call, { type: 'config', config: configOf(message.config) });
      const { audioContent: audio } = message;
      if (this.#includeAudio && audio.length > 0) {
        this.#note(call, { type: 'audio', fromSample: so.sentSamples, pcm: audio.toString('base64') });
      }
      so.sentSamples += audio.length >> 1;
    }
    call.forward(frame);
  }

  halfClosed(call: RelayedCall): void {
    const so = this.#calls.get(call);
    if (!so) return;
    so.audioEnded = true;
    this.#note(call, { type: 'audio-end', sentSamples: so.sentSamples });
  }

  response(call: RelayedCall, frame: GrpcFrame): void {
    const so = this.#calls.get(call);
    const message = so && !frame.compressed ? readStreamResult(frame.message) : undefined;
    if (so && message) {
      const { sentSamples, audioEnded } = so;
      this.#note(call, { type: 'result', sentSamples, audioEnded, result: toResultJson(message) });
    }
    call.answer(frame);
  }

  finished(call: RelayedCall, { status, details }: CallStatus): void {
    this.#end(call, { status, ...(details && { details }), by: 'service' });
  }

  closed(call: RelayedCall): void {
    this.#end(call, { status: 'CANCELLED', by: 'client' });
    this.#calls.delete(call);
  }

  #end(call: RelayedCall, ending: Pick<Extract<RecordedCallEntry, { type: 'end' }>, 'status' | 'details' | 'by'>): void {
    const so = this.#calls.get(call);
    if (!so || so.ended) return;
    so.ended = true;
    const { sentSamples, audioEnded } = so;
    this.#note(call, { type: 'end', sentSamples, audioEnded, ...ending });
  }

  #note(call: RelayedCall, entry: Written<RecordedCallEntry>): void {
    const so = this.#calls.get(call);
    if (so) this.#write({ ...entry, call: so.call } as RecordedCallEntry);
  }
}
