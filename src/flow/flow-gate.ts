import type { Flow, Release } from './flow.js';

/** What a boundary does when the first hold opens and when the last one is given back. */
export interface FlowGateOptions {
  onHold?: () => void;
  onResume?: () => void;
}

/** The boundary's own end of a {@link Flow}: it counts the open holds and says when they begin and end. */
export class FlowGate implements Flow {
  #holds = 0;
  #ended = false;
  readonly #onHold: (() => void) | undefined;
  readonly #onResume: (() => void) | undefined;

  constructor({ onHold, onResume }: FlowGateOptions = {}) {
    this.#onHold = onHold;
    this.#onResume = onResume;
  }

  /** Whether at least one hold is open. */
  get isHeld(): boolean {
    return this.#holds > 0;
  }

  /** How many holds are open. */
  get holds(): number {
    return this.#holds;
  }

  hold(): Release {
    if (this.#ended) return () => {};
    let released = false;
    this.#holds += 1;
    if (this.#holds === 1) this.#onHold?.();
    return () => {
      if (released) return;
      released = true;
      if (this.#ended) return;
      this.#holds -= 1;
      if (this.#holds === 0) this.#onResume?.();
    };
  }

  /** Ends the flow: open holds are forgotten and later ones do nothing. Calls neither callback. */
  end(): void {
    this.#ended = true;
    this.#holds = 0;
  }
}
