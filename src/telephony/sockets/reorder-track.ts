import type { LegTimeline } from './leg-timeline.js';
import type { SequenceWindow } from './sequence-window.js';

/** A piece of decoded audio with what its message says of its place. */
export interface TrackPacket {
  readonly data: readonly Float32Array[];
  readonly length: number;
  /** Its number in the order of sending. */
  readonly order: number | undefined;
  /** Where it begins, in milliseconds; undefined: after the one before. */
  readonly atMs: number | undefined;
  /** In milliseconds since the Unix epoch. */
  readonly arrivedAtMs: number;
}

/** What a {@link ReorderTrack} tells. */
export interface ReorderTrackOutput {
  late: () => void;
  /** Its time can't be true; it was left out. */
  impossible: () => void;
  /** Times went back, and stayed there: the timeline goes on where it was. */
  restarted: () => void;
}

/** How a {@link ReorderTrack} places audio. */
export interface ReorderTrackSettings {
  /** How long audio waits for what was sent before it, in milliseconds. */
  readonly reorderMs: number;
  /** Times are of a wall clock, so that those of audio without a gap vary. */
  readonly isWallClock: boolean;
}

interface Held extends TrackPacket {
  position: number;
}

/** The most that waits to be put in order, in messages and in milliseconds of audio. */
const MAX_HELD = 256;
const MAX_HELD_MS = 20_000;
/** Further than this nothing jumps. */
const MAX_JUMP_MS = 86_400_000;
/** Times of a wall clock within this of where audio would go on are jitter. */
const WALL_CLOCK_JITTER_MS = 100;
/** Audio that is late for as long as this, all in order, comes from times that went back. */
const RESTART_MS = 500;

/** One track of a call: puts audio in order within a bounded window, and on its timeline by its own times. */
export class ReorderTrack {
  readonly timeline: LegTimeline;
  readonly #sequence: SequenceWindow;
  readonly #settings: ReorderTrackSettings;
  readonly #output: ReorderTrackOutput;
  readonly #held: Held[] = [];
  #heldSamples = 0;
  /** What is added to positions since times went back. */
  #shift = 0;
  #lastOrder = Number.NEGATIVE_INFINITY;
  #lateRun = { samples: 0, position: Number.NEGATIVE_INFINITY };

  constructor(timeline: LegTimeline, sequence: SequenceWindow, settings: ReorderTrackSettings, output: ReorderTrackOutput) {
    this.timeline = timeline;
    this.#sequence = sequence;
    this.#settings = settings;
    this.#output = output;
  }

  /** When what is held is due, in milliseconds since the Unix epoch; undefined while nothing is. */
  get dueMs(): number | undefined {
    const head = this.#held[0];
    return head && head.arrivedAtMs + this.#settings.reorderMs;
  }

  push(packet: TrackPacket): void {
    const { next, sampleRate } = this.timeline;
    const said = packet.atMs === undefined ? undefined : Math.round((packet.atMs * sampleRate) / 1000) + this.#shift;
    const last = this.#held.at(-1);
    const position = said ?? (last ? last.position + last.length : (next ?? 0));
    if (position - (next ?? position) > (MAX_JUMP_MS / 1000) * sampleRate) {
      this.#output.impossible();
      return;
    }
    let at = this.#held.length;
    while (at > 0 && this.#held[at - 1]!.position > position) at -= 1;
    this.#held.splice(at, 0, { ...packet, position });
    this.#heldSamples += packet.length;
  }

  /** Emits what is in order, and what has waited long enough. */
  drain(nowMs: number): void {
    while (this.#held.length > 0 && this.#isReady(this.#held[0]!, nowMs)) this.#release(this.#held.shift()!);
  }

  /** Nothing more comes. */
  flush(): void {
    for (let head = this.#held.shift(); head; head = this.#held.shift()) {
      if (head.order !== undefined) this.#sequence.giveUpTo(head.order);
      this.#release(head);
    }
  }

  #isReady({ position, length, order, arrivedAtMs }: Held, nowMs: number): boolean {
    const { next } = this.timeline;
    if (next !== undefined && position <= next + this.#tolerance(length)) return true;
    if (order === undefined ? next === undefined : this.#sequence.isSettled(order)) return true;
    const isFull = this.#held.length > MAX_HELD || this.#heldSamples > (MAX_HELD_MS / 1000) * this.timeline.sampleRate;
    if (nowMs - arrivedAtMs < this.#settings.reorderMs && !isFull) return false;
    if (order !== undefined) this.#sequence.giveUpTo(order);
    return true;
  }

  #release(packet: Held): void {
    const { data, length, order, arrivedAtMs } = packet;
    this.#heldSamples -= length;
    const { next } = this.timeline;
    const reason = this.#sequence.lastMissing > this.#lastOrder ? 'lost' : 'not-sent';
    const placing = { arrivedAtMs, reason, inferred: false } as const;
    let { position } = packet;
    let samples = data;
    if (next !== undefined && Math.abs(position - next) <= this.#tolerance(length)) {
      position = next;
    } else if (next !== undefined && position < next) {
      const over = next - position;
      if (over >= length && !this.#hasRestarted(packet, next)) {
        this.#output.late();
        return;
      }
      if (over < length) samples = data.map((channel) => channel.slice(over));
      position = next;
    }
    this.#lateRun = { samples: 0, position: Number.NEGATIVE_INFINITY };
    if (order !== undefined) this.#lastOrder = Math.max(this.#lastOrder, order);
    this.timeline.place(samples, position, placing);
  }

  /** Whether times went back for good; they are shifted from here on. */
  #hasRestarted({ position, length }: Held, next: number): boolean {
    const follows = position > this.#lateRun.position;
    this.#lateRun = { samples: follows ? this.#lateRun.samples + length : length, position };
    if (this.#lateRun.samples < (RESTART_MS / 1000) * this.timeline.sampleRate) return false;
    this.#shift += next - position;
    for (const held of this.#held) held.position += next - position;
    this.#output.restarted();
    return true;
  }

  /** Times are whole milliseconds, and audio doesn't come in parts of its packets. */
  #tolerance(length: number): number {
    return this.#settings.isWallClock ? (WALL_CLOCK_JITTER_MS / 1000) * this.timeline.sampleRate : length / 2;
  }
}
