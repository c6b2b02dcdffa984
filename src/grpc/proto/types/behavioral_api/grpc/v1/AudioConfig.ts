// Original file: proto/behavioral_api.proto

import type { AudioEncoding as _behavioral_api_grpc_v1_AudioEncoding, AudioEncoding__Output as _behavioral_api_grpc_v1_AudioEncoding__Output } from '../../../behavioral_api/grpc/v1/AudioEncoding.js';
import type { Level as _behavioral_api_grpc_v1_Level, Level__Output as _behavioral_api_grpc_v1_Level__Output } from '../../../behavioral_api/grpc/v1/Level.js';

export interface AudioConfig {
  'encoding'?: (_behavioral_api_grpc_v1_AudioEncoding);
  'sampleRateHertz'?: (number);
  'level'?: (_behavioral_api_grpc_v1_Level);
  'logits'?: (boolean);
  'featureEmbedding'?: (boolean);
  '_level'?: "level";
  '_logits'?: "logits";
  '_featureEmbedding'?: "featureEmbedding";
}

export interface AudioConfig__Output {
  'encoding': (_behavioral_api_grpc_v1_AudioEncoding__Output);
  'sampleRateHertz': (number);
  'level'?: (_behavioral_api_grpc_v1_Level__Output);
  'logits'?: (boolean);
  'featureEmbedding'?: (boolean);
  '_level'?: "level";
  '_logits'?: "logits";
  '_featureEmbedding'?: "featureEmbedding";
}
