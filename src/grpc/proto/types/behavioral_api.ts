import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { AudioConfig as _behavioral_api_grpc_v1_AudioConfig, AudioConfig__Output as _behavioral_api_grpc_v1_AudioConfig__Output } from './behavioral_api/grpc/v1/AudioConfig.js';
import type { AudioStream as _behavioral_api_grpc_v1_AudioStream, AudioStream__Output as _behavioral_api_grpc_v1_AudioStream__Output } from './behavioral_api/grpc/v1/AudioStream.js';
import type { BehavioralStreamingApiClient as _behavioral_api_grpc_v1_BehavioralStreamingApiClient, BehavioralStreamingApiDefinition as _behavioral_api_grpc_v1_BehavioralStreamingApiDefinition } from './behavioral_api/grpc/v1/BehavioralStreamingApi.js';
import type { InferenceResult as _behavioral_api_grpc_v1_InferenceResult, InferenceResult__Output as _behavioral_api_grpc_v1_InferenceResult__Output } from './behavioral_api/grpc/v1/InferenceResult.js';
import type { Prediction as _behavioral_api_grpc_v1_Prediction, Prediction__Output as _behavioral_api_grpc_v1_Prediction__Output } from './behavioral_api/grpc/v1/Prediction.js';
import type { StreamResult as _behavioral_api_grpc_v1_StreamResult, StreamResult__Output as _behavioral_api_grpc_v1_StreamResult__Output } from './behavioral_api/grpc/v1/StreamResult.js';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  behavioral_api: {
    grpc: {
      v1: {
        AudioConfig: MessageTypeDefinition<_behavioral_api_grpc_v1_AudioConfig, _behavioral_api_grpc_v1_AudioConfig__Output>
        AudioEncoding: EnumTypeDefinition
        AudioStream: MessageTypeDefinition<_behavioral_api_grpc_v1_AudioStream, _behavioral_api_grpc_v1_AudioStream__Output>
        BehavioralStreamingApi: SubtypeConstructor<typeof grpc.Client, _behavioral_api_grpc_v1_BehavioralStreamingApiClient> & { service: _behavioral_api_grpc_v1_BehavioralStreamingApiDefinition }
        InferenceResult: MessageTypeDefinition<_behavioral_api_grpc_v1_InferenceResult, _behavioral_api_grpc_v1_InferenceResult__Output>
        Level: EnumTypeDefinition
        Prediction: MessageTypeDefinition<_behavioral_api_grpc_v1_Prediction, _behavioral_api_grpc_v1_Prediction__Output>
        StreamResult: MessageTypeDefinition<_behavioral_api_grpc_v1_StreamResult, _behavioral_api_grpc_v1_StreamResult__Output>
      }
    }
  }
}

