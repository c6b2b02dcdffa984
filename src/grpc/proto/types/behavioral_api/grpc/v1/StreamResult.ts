// Original file: proto/behavioral_api.proto

import type { InferenceResult as _behavioral_api_grpc_v1_InferenceResult, InferenceResult__Output as _behavioral_api_grpc_v1_InferenceResult__Output } from '../../../behavioral_api/grpc/v1/InferenceResult.js';
import type { Long } from '@grpc/proto-loader';

export interface StreamResult {
  'cid'?: (number | string | Long);
  'pid'?: (number | string | Long);
  'messageId'?: (number);
  'result'?: (_behavioral_api_grpc_v1_InferenceResult)[];
}

export interface StreamResult__Output {
  'cid': (string);
  'pid': (string);
  'messageId': (number);
  'result': (_behavioral_api_grpc_v1_InferenceResult__Output)[];
}
