import { codecName, deinterleave, sampleBytes } from '../../audio/sample-format/index.js';
import { type ArrivalGapLimits, ArrivalTrack } from './arrival-track.js';
import type { MediaFormat } from './media-format.js';
import type { ReceivedLeg } from './received-leg.js';
import type { SocketSession } from './socket-session.js';

/** Audio that comes as bare bytes, in pieces of any length: a sample can begin in one and end in the next. */
export class PcmIntake {
  readonly #session: SocketSession;
  readonly #leg: ReceivedLeg;
  readonly #container: string;
  readonly #gaps: ArrivalGapLimits | undefined;
  #format: MediaFormat | undefined;
  #track: ArrivalTrack | undefined;
  /** The beginning of a block of samples. */
  #carry: Uint8Array = new Uint8Array(0);
  #hasNonFinite = false;

  /**
   * @param container Names the protocol in the `format` event.
   * @param gaps undefined: no gaps are inferred from when audio comes.
   */
  constructor(session: SocketSession, leg: ReceivedLeg, container: string, gaps: ArrivalGapLimits | undefined) {
    this.#session = session;
    this.#leg = leg;
    this.#container = container;
    this.#gaps = gaps;
  }

  /** What bytes are read as; undefined until that is known. */
  get format(): MediaFormat | undefined {
    return this.#format;
  }

  /** Where audio goes on, in milliseconds. */
  get endMs(): number {
    return this.#track?.timeline.endMs ?? 0;
  }

  /** What the bytes that follow are. The time stays. */
  begin(format: MediaFormat): void {
    const known = this.#format;
    const { encoding, sampleRate, channels } = format;
    if (known && known.encoding === encoding && known.sampleRate === sampleRate && known.channels === channels) return;
    this.#cut();
    this.#format = format;
    if (this.#track) {
      this.#track.settle();
      this.#track.timeline.change({ sampleRate, channels });
    } else {
      this.#track = new ArrivalTrack(this.#session.timeline(this.#leg, this.#session.label, format), this.#gaps);
    }
    const codec = codecName(encoding);
    this.#session.report({ type: 'format', container: this.#container, codec, sampleRate, channels, decoder: 'in-process' });
  }

  /** Takes bytes; the format must be known. */
  push(bytes: Uint8Array, arrivedAtMs: number): void {
    const { encoding, channels } = this.#format!;
    const blockBytes = sampleBytes(encoding) * channels;
    const all = this.#carry.length === 0 ? bytes : Buffer.concat([this.#carry, bytes]);
    const whole = all.length - (all.length % blockBytes);
    // A copy: the bytes belong to the socket, which may use their memory again.
    this.#carry = all.slice(whole);
    if (whole === 0) return;
    const { channels: data, nonFinite } = deinterleave(all.subarray(0, whole), encoding, channels);
    this.#session.counters.audioMessages += 1;
    if (nonFinite > 0 && !this.#hasNonFinite) {
      this.#hasNonFinite = true;
      this.#session.diagnose('NON_FINITE_SAMPLES', 'some samples are not numbers (NaN) or infinite; they became 0');
    }
    this.#track!.push(data, arrivedAtMs);
  }

  /** Nothing more comes. */
  flush(): void {
    this.#cut();
    this.#track?.settle();
  }

  /** What began can't be completed any more. */
  #cut(): void {
    if (this.#carry.length === 0) return;
    this.#carry = new Uint8Array(0);
    this.#session.refuse('undecodable', 'the audio ends amid a sample');
  }
}
