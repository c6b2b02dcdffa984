import type { Vad } from '../../vad/vad.js';

/** What tells speech from silence: the built-in detector, one that was loaded, or what loads one. */
export type VadChoice = 'light' | Vad | (() => Vad | PromiseLike<Vad>);

/** One detector for all legs of a call, loaded when the first needs it and closed when the last is done with it. */
export class SharedVad {
  readonly #choice: VadChoice;
  #loaded: Promise<Vad> | undefined;
  #users = 0;
  #isOver = false;
  #isClosed = false;

  constructor(choice: VadChoice) {
    this.#choice = choice;
  }

  /** The detector for one leg; closing it leaves the others'. */
  async open(): Promise<Vad> {
    this.#loaded ??= this.#load();
    const vad = await this.#loaded;
    this.#users += 1;
    let isOpen = true;
    return {
      name: vad.name,
      frameLength: vad.frameLength,
      open: () => vad.open(),
      close: () => {
        if (!isOpen) return;
        isOpen = false;
        this.#users -= 1;
        this.#closeIfUnused();
      },
    };
  }

  /** No leg will need it any more; one that was given stays the caller's to close. */
  end(): void {
    this.#isOver = true;
    this.#closeIfUnused();
  }

  async #load(): Promise<Vad> {
    if (typeof this.#choice === 'object') return this.#choice;
    if (typeof this.#choice === 'function') return this.#choice();
    return (await import('../../vad/light/light-vad.js')).loadLightVad();
  }

  #closeIfUnused(): void {
    if (!this.#isOver || this.#users > 0 || typeof this.#choice === 'object') return;
    // One that never loaded has nothing to close.
    this.#loaded?.then(
      (vad) => {
        if (this.#users > 0 || this.#isClosed) return;
        this.#isClosed = true;
        vad.close();
      },
      () => {},
    );
  }
}
