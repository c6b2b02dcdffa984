import { Metadata, status } from '@grpc/grpc-js';
import type { Engine, EngineStreamOptions } from '../engine/index.js';
import type { Logger } from '../events/index.js';
import { ENGINE_HEADER } from '../grpc/index.js';
import type { BehavioralStreamingApiHandlers } from '../grpc/proto/types/behavioral_api/grpc/v1/BehavioralStreamingApi.js';
import type { Refusal } from './message-check.js';
import type { ProjectRegistry } from './project-registry.js';
import { type AudioServerCall, StreamCall, type StreamCallContext } from './stream-call.js';

/** What {@link StreamCalls} share. */
export interface StreamCallsOptions {
  readonly engine: Engine;
  readonly projects: ProjectRegistry;
  readonly maxStreams: number;
  readonly recordStream: StreamCallContext['recordStream'];
  readonly logger: Logger;
}

const shuttingDown: Refusal = { code: status.UNAVAILABLE, details: 'The service is shutting down.' };

/** All calls being served: both methods, bounded in number, and drained when the service closes. */
export class StreamCalls {
  readonly #options: StreamCallsOptions;
  readonly #metadata = new Metadata();
  readonly #open = new Set<StreamCall>();
  #lastPid = 0;
  #closing = false;
  #onEmpty: (() => void) | undefined;

  constructor(options: StreamCallsOptions) {
    this.#options = options;
    // Header values are printable ASCII; an engine's name is anything.
    this.#metadata.set(ENGINE_HEADER, options.engine.name.replace(/[^\x20-\x7e]/g, '?'));
  }

  /** The streaming service's implementation for grpc-js. */
  readonly handlers: BehavioralStreamingApiHandlers = {
    StreamAudio: (call: AudioServerCall) => this.#serve(call, 'behavior'),
    DeepfakeDetection: (call: AudioServerCall) => this.#serve(call, 'deepfake'),
  };

  /** Serves no new calls; resolves when the open ones have ended, of themselves or, after the grace, with UNAVAILABLE. */
  async drain(graceMs: number): Promise<void> {
    this.#closing = true;
    if (await this.#emptyWithin(graceMs)) return;
    for (const call of this.#open) call.refuse(shuttingDown);
    // For the statuses to leave; a client that reads nothing doesn't let them.
    await this.#emptyWithin(250);
  }

  async #emptyWithin(ms: number): Promise<boolean> {
    if (this.#open.size === 0) return true;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), ms);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  #serve(call: AudioServerCall, analysis: EngineStreamOptions['analysis']): void {
    const { engine, projects, maxStreams, recordStream, logger } = this.#options;
    // At once, so that the client knows who answers before it sends audio.
    call.sendMetadata(this.#metadata);
    const streamCall = new StreamCall(call, {
      engine,
      projects,
      analysis,
      logger,
      recordStream,
      nextPid: () => ++this.#lastPid,
      onClose: () => {
        this.#open.delete(streamCall);
        if (this.#open.size === 0) this.#onEmpty?.();
      },
    });
    // Refused calls count too, until the client has let go of them.
    const isFull = this.#open.size >= maxStreams;
    this.#open.add(streamCall);
    if (this.#closing) streamCall.refuse(shuttingDown);
    else if (isFull) {
      const details = `The service already serves ${maxStreams} streams, its limit; try again later.`;
      streamCall.refuse({ code: status.RESOURCE_EXHAUSTED, details });
    }
  }
}
