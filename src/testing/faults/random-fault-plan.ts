import { createHash } from 'node:crypto';
import { expectNumber, expectOptions, OptionError, type OptionNames } from '../../errors/index.js';
import type { GrpcStatus } from '../wire/grpc-status.js';
import type { Fault, FaultKind, FaultPlan } from './fault.js';

/** What a client can recover from without losing a result; a random plan draws from these unless told otherwise. */
export const TRANSIENT_FAULTS = [
  'refuse-connection',
  'hang-connection',
  'max-streams',
  'reset-connection',
  'reset-call',
  'stall-connection',
  'stall-reads',
  'stall-writes',
  'delay',
  'goaway',
  'status',
  'missing-utterance',
  'cut-result',
  'cut-message',
] as const satisfies readonly FaultKind[];

/** Statuses after which the same call may succeed; OK is an end before the audio's end. */
const TRANSIENT_STATUSES: readonly GrpcStatus[] = [
  'UNAVAILABLE',
  'RESOURCE_EXHAUSTED',
  'ABORTED',
  'INTERNAL',
  'DEADLINE_EXCEEDED',
  'UNKNOWN',
  'CANCELLED',
  'OK',
];
/** HTTP/2 codes that gRPC maps to transient statuses: INTERNAL_ERROR, REFUSED_STREAM, CANCEL, ENHANCE_YOUR_CALM (RFC 9113, 7). */
const RESET_CODES = [2, 7, 8, 11];

/** Options of {@link randomFaultPlan}. */
export interface RandomFaultPlanOptions {
  /** The same seed gives the same plan. */
  readonly seed: number | string;
  /** How many faults. */
  readonly count: number;
  /** Length of the source's audio; faults are spread over it evenly, at random within their share. */
  readonly durationMs: number;
  /** What may go wrong. Default: {@link TRANSIENT_FAULTS}. */
  readonly kinds?: readonly FaultKind[];
  /** Longest stall, delay and grace, in milliseconds; none is for good. Default: 200. */
  readonly maxStallMs?: number;
}

const NAMES: OptionNames<RandomFaultPlanOptions> = {
  seed: true,
  count: true,
  durationMs: true,
  kinds: true,
  maxStallMs: true,
};

/**
 * Makes a plan by lot: faults of all the kinds, in equal shares, at positions of the source's audio.
 *
 * @throws OptionError for options that aren't allowed.
 */
export function randomFaultPlan(options: RandomFaultPlanOptions): FaultPlan {
  expectOptions('randomFaultPlan', options, NAMES);
  const { seed, count, durationMs, kinds = TRANSIENT_FAULTS, maxStallMs = 200 } = options;
  expectNumber('randomFaultPlan({ count })', count, { min: 0, max: 1_000_000, whole: true });
  expectNumber('randomFaultPlan({ durationMs })', durationMs, { above: 0, unit: 'milliseconds' });
  expectNumber('randomFaultPlan({ maxStallMs })', maxStallMs, { min: 1, unit: 'milliseconds' });
  if (kinds.length === 0) throw new OptionError('randomFaultPlan({ kinds })', 'must name at least one kind of fault');
  if (typeof seed !== 'number' && typeof seed !== 'string') {
    throw new OptionError('randomFaultPlan({ seed })', 'must be a number or a text', seed);
  }
  const lot = new Lot(seed);
  const order = shuffled(
    Array.from({ length: count }, (_, index) => kinds[index % kinds.length] as FaultKind),
    lot,
  );
  const shareMs = durationMs / Math.max(1, count);
  const faults = order.map((kind, index) => drawFault(kind, Math.floor((index + lot.next()) * shareMs), maxStallMs, lot));
  return { seed, faults };
}

function drawFault(kind: FaultKind, sourceMs: number, maxStallMs: number, lot: Lot): Fault {
  const at = { sourceMs };
  const ms = 1 + Math.floor(lot.next() * maxStallMs);
  switch (kind) {
    case 'refuse-connection':
      return { kind, at, times: 1 + Math.floor(lot.next() * 3) };
    case 'wrong-certificate':
      return { kind, at, certificate: lot.pick(['expired', 'wrong-name', 'unknown-ca'] as const) };
    case 'reset-call':
      return { kind, at, code: lot.pick(RESET_CODES) };
    case 'stall-connection':
    case 'stall-reads':
    case 'stall-writes':
      return { kind, at, forMs: ms };
    case 'delay':
      return { kind, at, delayMs: ms };
    case 'goaway':
      return { kind, at, graceMs: ms };
    case 'status':
      return { kind, at, status: lot.pick(TRANSIENT_STATUSES), details: 'as the fault plan says' };
    default:
      return { kind, at };
  }
}

/** Fisher and Yates's shuffle (Durstenfeld, 1964). */
function shuffled<T>(items: T[], lot: Lot): T[] {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = Math.floor(lot.next() * (last + 1));
    [items[last], items[other]] = [items[other] as T, items[last] as T];
  }
  return items;
}

/** Random numbers that a seed decides: SHA-256 of the seed and a counter, so that plans stay the same on every platform and version. */
class Lot {
  readonly #seed: string;
  #count = 0;

  constructor(seed: number | string) {
    this.#seed = String(seed);
  }

  /** From 0 up to, but not including, 1. */
  next(): number {
    const digest = createHash('sha256')
      .update(`${this.#seed}/${this.#count++}`)
      .digest();
    return digest.readUIntBE(0, 6) / 2 ** 48;
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() * items.length)] as T;
  }
}
