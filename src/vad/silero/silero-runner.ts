/** New samples per decision. */
export const FRAME_LENGTH = 512;
/** Samples of the previous frame that go before them; without these the models miss all speech, and raise no error. */
export const CONTEXT_LENGTH = 64;
/** Floats of input for each frame. */
export const INPUT_LENGTH = CONTEXT_LENGTH + FRAME_LENGTH;
/** The network's memory: this many floats in each of two layers. */
export const LAYER_LENGTH = 128;
/** Floats of both layers. */
export const STATE_LENGTH = 2 * LAYER_LENGTH;

/** Frames of some signals, heard by detectors that have each a memory of their own. */
export interface SileroBatch {
  /** How many signals. */
  readonly signals: number;
  /** How many frames of each, one after another. */
  readonly frames: number;
  /** `INPUT_LENGTH` floats for each: the first frames of all signals, then the second ones. */
  readonly input: Float32Array;
  /** Which signal each detector hears, from 0. Several may hear the same one, which is then looked at once. */
  readonly hears: Int32Array;
  /** `LAYER_LENGTH` floats for each layer and detector: the first layer of all detectors, then the second. */
  readonly state: Float32Array;
}

/** What the network makes of a batch. */
export interface SileroStep {
  /** 0 to 1: those of all detectors for the first frame, then for the second. */
  readonly probabilities: Float32Array;
  /** The memories after the last frame, laid out as in the batch. */
  readonly state: Float32Array;
}

/** What can be asked of a network. */
export interface SileroNetwork {
  /** Which model it is: `silero-v6`. */
  readonly name: string;
  /** How many frames a batch may have, counted for each detector. */
  readonly maxFrames: number;
  /** Whether a batch may have several frames of a signal. */
  readonly takesSequences: boolean;
}

/** Runs the network over batches; detectors have nothing to do with each other. */
export interface SileroRunner extends SileroNetwork {
  /** Runs one batch; its arrays may be reused once the promise settles. */
  run(batch: SileroBatch): Promise<SileroStep>;
  /** Frees the network, once a batch that is being run is done. */
  close(): void;
}
