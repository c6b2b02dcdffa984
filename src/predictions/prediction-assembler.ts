import { type ParseContext, parseStreamResult } from './parse-stream-result.js';
import type { Prediction, PredictionTasks } from './prediction.js';
import type { StreamResultMessage } from './stream-result-message.js';
import { toResultJson } from './to-result-json.js';

/** What the session knows about a message. */
export interface AssembleContext extends ParseContext {
  readonly epoch: number;
  readonly engine: 'local' | 'remote';
  readonly locate: NonNullable<ParseContext['locate']>;
}

/** Settings of a {@link PredictionAssembler}. */
export interface PredictionAssemblerOptions {
  /** How many segments and utterances are remembered for tasks that come later. Default: 256, about 4 minutes of speech. */
  readonly maxKeys?: number | undefined;
}

/**
 * Turns the messages of one session into predictions, each emitted at once, in the order of the wire.
 *
 * When more tasks come later for a segment or utterance, it is emitted again with `revision` + 1 and all tasks known so far. The
 * memory for that is bounded: of segments and utterances no longer remembered, late tasks come as `revision` 0.
 */
export class PredictionAssembler {
  readonly #maxKeys: number;
  /** In order of last use, oldest first. */
  readonly #known = new Map<string, { revision: number; tasks: PredictionTasks }>();
  #lastEnd = { epoch: 0, ms: 0 };

  constructor(options: PredictionAssemblerOptions = {}) {
    this.#maxKeys = Math.max(1, options.maxKeys ?? 256);
  }

  /** The predictions of one message; never throws on what the message holds. */
  assemble(message: StreamResultMessage, context: AssembleContext): Prediction[] {
    return parseStreamResult(toResultJson(message), context).map((prediction) => this.#revise(this.#placed(prediction)));
  }

  /** A prediction without any readable time goes where the previous one of its call ended. */
  #placed(prediction: Prediction): Prediction {
    if (prediction.startTime === undefined && prediction.endTime === undefined) {
      const ms = this.#lastEnd.epoch === prediction.epoch ? this.#lastEnd.ms : 0;
      return { ...prediction, startMs: ms, endMs: ms };
    }
    this.#lastEnd = { epoch: prediction.epoch, ms: prediction.endMs };
    return prediction;
  }

  #revise(prediction: Prediction): Prediction {
    const before = this.#known.get(prediction.key);
    const revision = before ? before.revision + 1 : 0;
    const tasks = before ? { ...before.tasks, ...prediction.tasks } : prediction.tasks;
    this.#known.delete(prediction.key);
    this.#known.set(prediction.key, { revision, tasks });
    if (this.#known.size > this.#maxKeys) this.#known.delete(this.#known.keys().next().value as string);
    return before ? { ...prediction, revision, tasks } : prediction;
  }
}
