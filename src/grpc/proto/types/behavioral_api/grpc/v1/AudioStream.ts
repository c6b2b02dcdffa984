// Original file: proto/behavioral_api.proto

import type { AudioConfig as _behavioral_api_grpc_v1_AudioConfig, AudioConfig__Output as _behavioral_api_grpc_v1_AudioConfig__Output } from '../../../behavioral_api/grpc/v1/AudioConfig.js';
import type { Long } from '@grpc/proto-loader';

export interface AudioStream {
  'cid'?: (number | string | Long);
  'xAuthToken'?: (string);
  'config'?: (_behavioral_api_grpc_v1_AudioConfig | null);
  'audioContent'?: (Buffer | Uint8Array | string);
}

export interface AudioStream__Output {
  'cid': (string);
  'xAuthToken': (string);
  'config': (_behavioral_api_grpc_v1_AudioConfig__Output | null);
  'audioContent': (Buffer);
}
