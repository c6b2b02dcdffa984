import type { AudioConfig__Output } from '../../grpc/proto/types/behavioral_api/grpc/v1/AudioConfig.js';

/** What a call asked for in its first message. */
export interface StreamConfig {
  /** In Hz. */
  readonly sampleRate: number;
  /** `LINEAR_PCM`, or a number that has no name. */
  readonly encoding: string;
  /** Absent: both levels. */
  readonly level?: 'segment' | 'utterance';
  /** Whether logits are wanted. */
  readonly logits: boolean;
  /** Whether embeddings are wanted. */
  readonly embeddings: boolean;
}

/** Reads the wire's configuration. */
export function configOf({ encoding, sampleRateHertz, level, logits, featureEmbedding }: AudioConfig__Output): StreamConfig {
  return {
    sampleRate: sampleRateHertz,
    encoding: String(encoding),
    ...(level !== undefined && { level }),
    logits: logits ?? false,
    embeddings: featureEmbedding ?? false,
  };
}
