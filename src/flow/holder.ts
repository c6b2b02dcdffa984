import type { Flow, Release } from './flow.js';

/** A consumer's single hold on whichever flow its input carries at the time. */
export class Holder {
  #flow: Flow | undefined;
  #release: Release | undefined;

  /** Whether a hold is open. */
  get isHolding(): boolean {
    return this.#release !== undefined;
  }

  /** Holds the flow, once; a hold on another flow is given back. Does nothing for inputs without a flow. */
  hold(flow: Flow | undefined): void {
    if (this.#release && flow === this.#flow) return;
    const previous = this.#release;
    this.#flow = flow;
    this.#release = flow?.hold();
    previous?.();
  }

  /** Gives the hold back, if there is one. The boundary above may emit before this returns. */
  release(): void {
    const release = this.#release;
    this.#release = undefined;
    this.#flow = undefined;
    release?.();
  }
}
