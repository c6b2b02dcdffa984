// Original file: proto/behavioral_api.proto

import type { Prediction as _behavioral_api_grpc_v1_Prediction, Prediction__Output as _behavioral_api_grpc_v1_Prediction__Output } from '../../../behavioral_api/grpc/v1/Prediction.js';
import type { Level as _behavioral_api_grpc_v1_Level, Level__Output as _behavioral_api_grpc_v1_Level__Output } from '../../../behavioral_api/grpc/v1/Level.js';

export interface InferenceResult {
  'id'?: (string);
  'startTime'?: (string);
  'endTime'?: (string);
  'task'?: (string);
  'prediction'?: (_behavioral_api_grpc_v1_Prediction)[];
  'finalLabel'?: (string);
  'embedding'?: (string);
  'level'?: (_behavioral_api_grpc_v1_Level);
  '_embedding'?: "embedding";
  '_level'?: "level";
}

export interface InferenceResult__Output {
  'id': (string);
  'startTime': (string);
  'endTime': (string);
  'task': (string);
  'prediction': (_behavioral_api_grpc_v1_Prediction__Output)[];
  'finalLabel': (string);
  'embedding'?: (string);
  'level'?: (_behavioral_api_grpc_v1_Level__Output);
  '_embedding'?: "embedding";
  '_level'?: "level";
}
