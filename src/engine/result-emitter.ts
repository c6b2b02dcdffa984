import type { EngineResult, TaskResult } from './engine.js';
import type { ModelDescription, ModelHost } from './models/loaded-model.js';
import { logMel } from './models/log-mel.js';
import { markDominance, modelResult } from './task-result.js';

/** Results that may wait for their models before more audio is refused. */
const MOST_WAITING = 4;

/** What models are given of a stretch of speech; what no model wants is absent. */
export interface ModelMaterial {
  readonly audio?: Float32Array;
  readonly functionals?: Float32Array;
}

/** Emits results in their order: at once, or, where models of the user's answer some of their tasks, when those have. */
export class ResultEmitter {
  readonly #models: readonly ModelDescription[];
  readonly #host: ModelHost | undefined;
  readonly #logits: boolean;
  readonly #emit: (result: EngineResult) => void;
  /** By segment of the open utterance, by task: the top label. */
  #topLabels: Map<string, string | undefined>[] = [];
  #waiting = 0;
  #last: Promise<void> | undefined;
  #cancelled = false;

  /** @param models Those that answer for this stream. @param host Runs them. */
  constructor(options: {
    models: readonly ModelDescription[];
    host: ModelHost | undefined;
    logits: boolean;
    emit: (result: EngineResult) => void;
  }) {
    this.#models = options.models;
    this.#host = options.host;
    this.#logits = options.logits;
    this.#emit = options.emit;
  }

  /** Takes the next result, as the engine measured it. */
  add(result: EngineResult, material: ModelMaterial): void {
    const seconds = result.endTime - result.startTime;
    const models = this.#models.filter(({ minSeconds }) => seconds >= minSeconds);
    if (models.length === 0 && this.#waiting === 0) {
      this.#finish(result);
      return;
    }
    this.#waiting += 1;
    // Asked at once, so that models work while those of earlier results do.
    const answers = models.map((model) => this.#ask(model, material));
    const earlier = this.#last ?? Promise.resolve();
    this.#last = earlier.then(async () => {
      for (const answer of answers) replaceTask(result.tasks, await answer);
      this.#waiting -= 1;
      if (!this.#cancelled) this.#finish(result);
    });
    // An error of whoever takes the results is for the one who waits for them.
    this.#last.catch(() => {});
  }

  /** A promise when results wait for models: of all of them at the end, else only when they are many. */
  settled(which: 'some' | 'all'): Promise<void> | undefined {
    return this.#waiting > (which === 'all' ? 0 : MOST_WAITING) ? this.#last : undefined;
  }

  /** Emits nothing more. */
  cancel(): void {
    this.#cancelled = true;
  }

  async #ask(model: ModelDescription, material: ModelMaterial): Promise<TaskResult | undefined> {
    try {
      const probabilities = await this.#host!.predict(model.task, inputOf(model, material));
      return modelResult(model, probabilities, this.#logits);
    } catch {
      // The host has reported it; the engine's own answer stands.
      return undefined;
    }
  }

  #finish(result: EngineResult): void {
    if (result.level === 'segment') {
      this.#topLabels.push(new Map(result.tasks.map(({ task, predictions }) => [task, predictions[0]?.label])));
    } else {
      for (const task of result.tasks)
        markDominance(
          task,
          this.#topLabels.map((labels) => labels.get(task.task)),
        );
      this.#topLabels = [];
    }
    this.#emit(result);
  }
}

/** Every model gets a copy of its own, which a worker gives away. */
function inputOf({ input, bands }: ModelDescription, { audio, functionals }: ModelMaterial): Float32Array {
  if (input === 'egemaps88') return functionals!.slice();
  return input === 'logmel' ? logMel(audio!, bands) : audio!.slice();
}

function replaceTask(tasks: TaskResult[], answer: TaskResult | undefined): void {
  if (!answer) return;
  const at = tasks.findIndex(({ task }) => task === answer.task);
  if (at === -1) tasks.push(answer);
  else tasks[at] = answer;
}
