import type { Fault, FaultPlan, FaultPoint, FiredFault } from './fault.js';

/** A fault of the plan that has not fired. */
export interface PendingFault {
  readonly fault: Fault;
  readonly index: number;
}

/** What has happened, as a fault's point measures it; points of other kinds are not looked at. */
export interface Moment {
  readonly sourceMs?: number;
  readonly bytes?: number;
  readonly call?: number;
  readonly connection?: number;
  readonly result?: number;
}

/** The faults of a plan: each is taken once, and what fired is written down. */
export class FaultSchedule {
  readonly #untaken: PendingFault[];
  /** Taken, and still waiting for something to happen to. */
  readonly #waiting = new Set<PendingFault>();
  readonly #fired: FiredFault[] = [];
  readonly #onFired: ((fired: FiredFault) => void) | undefined;

  constructor({ faults }: FaultPlan, onFired?: (fired: FiredFault) => void) {
    this.#untaken = faults.map((fault, index) => ({ fault, index }));
    this.#onFired = onFired;
  }

  /** Faults that fired, in order. */
  get fired(): readonly FiredFault[] {
    return this.#fired;
  }

  /** Faults that did not fire yet. */
  get pending(): readonly Fault[] {
    return [...this.#waiting, ...this.#untaken].sort((a, b) => a.index - b.index).map(({ fault }) => fault);
  }

  /** Takes the first fault that is due and suits. */
  take(moment: Moment, suits: (fault: Fault) => boolean = () => true): PendingFault | undefined {
    const at = this.#untaken.findIndex(({ fault }) => isDue(fault.at, moment) && suits(fault));
    const [taken] = at < 0 ? [] : this.#untaken.splice(at, 1);
    if (taken) this.#waiting.add(taken);
    return taken;
  }

  /** Writes down that a fault fired. */
  record(taken: PendingFault, hit: Pick<FiredFault, 'call' | 'connection' | 'sourceMs'>): void {
    this.#waiting.delete(taken);
    const { fault, index } = taken;
    const fired = { fault, index, firedAtMs: Date.now(), ...hit };
    this.#fired.push(fired);
    try {
      this.#onFired?.(fired);
    } catch (error) {
      // Thrown from a socket's event, it would end the process.
      process.emitWarning(`onFired failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** Positions and bytes are passed; calls, connections and results are met. */
function isDue(at: FaultPoint, moment: Moment): boolean {
  if ('sourceMs' in at) return moment.sourceMs !== undefined && moment.sourceMs >= at.sourceMs;
  if ('bytes' in at) return moment.bytes !== undefined && moment.bytes >= at.bytes;
  if ('call' in at) return moment.call === at.call;
  if ('connection' in at) return moment.connection === at.connection;
  return moment.result === at.result;
}
