// Original file: proto/behavioral_api.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AudioStream as _behavioral_api_grpc_v1_AudioStream, AudioStream__Output as _behavioral_api_grpc_v1_AudioStream__Output } from '../../../behavioral_api/grpc/v1/AudioStream.js';
import type { StreamResult as _behavioral_api_grpc_v1_StreamResult, StreamResult__Output as _behavioral_api_grpc_v1_StreamResult__Output } from '../../../behavioral_api/grpc/v1/StreamResult.js';

export interface BehavioralStreamingApiClient extends grpc.Client {
  DeepfakeDetection(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_behavioral_api_grpc_v1_AudioStream, _behavioral_api_grpc_v1_StreamResult__Output>;
  DeepfakeDetection(options?: grpc.CallOptions): grpc.ClientDuplexStream<_behavioral_api_grpc_v1_AudioStream, _behavioral_api_grpc_v1_StreamResult__Output>;
  deepfakeDetection(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_behavioral_api_grpc_v1_AudioStream, _behavioral_api_grpc_v1_StreamResult__Output>;
  deepfakeDetection(options?: grpc.CallOptions): grpc.ClientDuplexStream<_behavioral_api_grpc_v1_AudioStream, _behavioral_api_grpc_v1_StreamResult__Output>;
  
  StreamAudio(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_behavioral_api_grpc_v1_AudioStream, _behavioral_api_grpc_v1_StreamResult__Output>;
  StreamAudio(options?: grpc.CallOptions): grpc.ClientDuplexStream<_behavioral_api_grpc_v1_AudioStream, _behavioral_api_grpc_v1_StreamResult__Output>;
  streamAudio(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_behavioral_api_grpc_v1_AudioStream, _behavioral_api_grpc_v1_StreamResult__Output>;
  streamAudio(options?: grpc.CallOptions): grpc.ClientDuplexStream<_behavioral_api_grpc_v1_AudioStream, _behavioral_api_grpc_v1_StreamResult__Output>;
  
}

export interface BehavioralStreamingApiHandlers extends grpc.UntypedServiceImplementation {
  DeepfakeDetection: grpc.handleBidiStreamingCall<_behavioral_api_grpc_v1_AudioStream__Output, _behavioral_api_grpc_v1_StreamResult>;
  
  StreamAudio: grpc.handleBidiStreamingCall<_behavioral_api_grpc_v1_AudioStream__Output, _behavioral_api_grpc_v1_StreamResult>;
  
}

export interface BehavioralStreamingApiDefinition extends grpc.ServiceDefinition {
  DeepfakeDetection: MethodDefinition<_behavioral_api_grpc_v1_AudioStream, _behavioral_api_grpc_v1_StreamResult, _behavioral_api_grpc_v1_AudioStream__Output, _behavioral_api_grpc_v1_StreamResult__Output>
  StreamAudio: MethodDefinition<_behavioral_api_grpc_v1_AudioStream, _behavioral_api_grpc_v1_StreamResult, _behavioral_api_grpc_v1_AudioStream__Output, _behavioral_api_grpc_v1_StreamResult__Output>
}
