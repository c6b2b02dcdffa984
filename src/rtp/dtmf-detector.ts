/** The names of events 0 to 16 (RFC 4733, section 3.2): digits, and the flash of a hook. */
const DIGITS = '0123456789*#ABCD';
const FLASH = 16;
/** Where a segment's duration, a 16-bit number, runs out and the next one begins (RFC 4733, section 2.5.1.3). */
const SEGMENT_TICKS = 0xffff;

/** A key that was pressed. */
export interface DtmfTone {
  /** `0` to `9`, `*`, `#`, `A` to `D`, or `flash`. */
  digit: string;
  /** Timestamp where it begins, in ticks. */
  timestamp: number;
  /** In ticks. */
  duration: number;
}

/**
 * Makes one tone of the packets of a telephone event (RFC 4733), which repeat it while it lasts and three times at its end.
 *
 * A tone is told at its end; one whose last packets were lost, when another begins or `flush()` is called.
 */
export class DtmfDetector {
  readonly #report: (tone: DtmfTone) => void;
  #tone: DtmfTone | undefined;
  #endedAt: number | undefined;

  constructor(report: (tone: DtmfTone) => void) {
    this.#report = report;
  }

  /** Takes a packet's payload; false when it is no telephone event that has a name. */
  receive(timestamp: number, payload: Uint8Array): boolean {
    if (payload.length < 4) return false;
    const digit = payload[0] === FLASH ? 'flash' : DIGITS[payload[0]!];
    if (digit === undefined) return false;
    const duration = (payload[2]! << 8) | payload[3]!;
    if (this.#endedAt !== undefined && timestamp <= this.#endedAt) return true;
    const tone = this.#tone;
    if (tone?.digit === digit && (timestamp - tone.timestamp) % SEGMENT_TICKS === 0) {
      tone.duration = Math.max(tone.duration, timestamp - tone.timestamp + duration);
    } else {
      this.flush();
      this.#tone = { digit, timestamp, duration };
    }
    if ((payload[1]! & 0x80) !== 0) {
      this.flush();
      this.#endedAt = timestamp;
    }
    return true;
  }

  /** Nothing more comes: tells the tone that has no end yet. */
  flush(): void {
    const tone = this.#tone;
    this.#tone = undefined;
    if (!tone) return;
    this.#endedAt = tone.timestamp;
    this.#report(tone);
  }
}
