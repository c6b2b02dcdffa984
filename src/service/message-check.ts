import { status } from '@grpc/grpc-js';
import type { AudioConfig__Output } from '../grpc/proto/types/behavioral_api/grpc/v1/AudioConfig.js';
import type { AudioStream__Output } from '../grpc/proto/types/behavioral_api/grpc/v1/AudioStream.js';
import { OUTDATED_PROJECT, type ProjectRegistry } from './project-registry.js';

/** The rates the service accepts, in Hz. */
const MIN_SAMPLE_RATE = 4_000;
const MAX_SAMPLE_RATE = 384_000;

/** Why a message was not accepted, as the status that ends its stream. */
export interface Refusal {
  readonly code: status;
  /** A plain sentence for whoever wrote the client; never holds a token. */
  readonly details: string;
}

/** Checks the messages of one stream: credentials in each, the configuration first and once, whole samples after it. */
export class MessageCheck {
  readonly #projects: ProjectRegistry;
  #cid = '';
  #apiKey = '';
  #configured = false;

  constructor(projects: ProjectRegistry) {
    this.#projects = projects;
  }

  /** Why the stream's next message is not acceptable; undefined when it is. */
  check(message: AudioStream__Output): Refusal | undefined {
    if (!this.#configured) return this.#checkFirst(message);
    if (message.cid !== this.#cid) {
      return invalid(`cid changed from ${this.#cid} to ${message.cid} within the stream: a stream belongs to one project.`);
    }
    // Not timing-safe on purpose: whoever sends on this stream has shown the right token already.
    if (message.xAuthToken !== this.#apiKey)
      return unauthenticated('A later message carries another x_auth_token than the first.');
    if (message.config) return invalid('A second configuration came: a stream has one, in its first message.');
    const bytes = message.audioContent.length;
    return bytes % 2 === 0
      ? undefined
      : invalid(`audio_content has ${bytes} bytes, an odd number: samples are 16 bits, and must not be split between messages.`);
  }

  #checkFirst({ cid, xAuthToken, config, audioContent }: AudioStream__Output): Refusal | undefined {
    if (!this.#projects.accepts(cid, xAuthToken)) {
      return unauthenticated(
        xAuthToken === ''
          ? 'x_auth_token is missing: every message must carry the project ID as cid and its API token as x_auth_token.'
          : `There is no project ${cid} with this x_auth_token.`,
      );
    }
    if (this.#projects.isOutdated(cid)) return { code: status.FAILED_PRECONDITION, details: OUTDATED_PROJECT };
    if (!config) {
      return invalid(
        audioContent.length > 0
          ? 'Audio came before the configuration: the first message must carry config, and no audio.'
          : 'The first message has no configuration: it must carry config, and no audio.',
      );
    }
    if (audioContent.length > 0) return invalid('The configuration came with audio: send audio in later messages only.');
    const refusal = checkConfig(config);
    if (refusal) return refusal;
    this.#cid = cid;
    this.#apiKey = xAuthToken;
    this.#configured = true;
    return undefined;
  }
}

function checkConfig({ encoding, sampleRateHertz, level }: AudioConfig__Output): Refusal | undefined {
  // Numbers this proto has no name for arrive as numbers.
  if (encoding !== 'LINEAR_PCM') return invalid(`encoding is ${encoding}, which is not known: only LINEAR_PCM (0) is.`);
  if (!(sampleRateHertz >= MIN_SAMPLE_RATE && sampleRateHertz <= MAX_SAMPLE_RATE)) {
    return invalid(`sample_rate_hertz is ${sampleRateHertz}, but must be from ${MIN_SAMPLE_RATE} to ${MAX_SAMPLE_RATE}.`);
  }
  if (level !== undefined && level !== 'segment' && level !== 'utterance') {
    return invalid(`level is ${level}, which is not known: it must be segment (0), utterance (1) or left out for both.`);
  }
  return undefined;
}

function invalid(details: string): Refusal {
  return { code: status.INVALID_ARGUMENT, details };
}

function unauthenticated(details: string): Refusal {
  return { code: status.UNAUTHENTICATED, details };
}
