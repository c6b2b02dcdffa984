export type {
  CallSilenceEvent,
  CallSummaryEvent,
  InterruptionEvent,
  LegEvent,
  LegSummary,
  OverlapEvent,
  ResponseGapEvent,
  TurnEvent,
  TurnOverEvent,
} from '../events/call-event.js';
export type {
  DtmfEvent,
  MarkEvent,
  RtpEvent,
  RtpStatisticsEvent,
  SocketEvent,
  SocketStatisticsEvent,
  SourceGapEvent,
} from '../events/index.js';
export type { RtpCodec, RtpCodecOption, RtpEncoding, RtpStatistics, SdpAudio, SdpSelection } from '../rtp/index.js';
export { sdpAudio } from '../rtp/index.js';
export { type BindRtpOptions, bindRtp, type RtpBinding } from './bind-rtp.js';
export {
  type AnalysisResult,
  type CallLeg,
  type CallOptions,
  type CallPrediction,
  type CallTag,
  type ChannelLeg,
  call,
  type LegAnalysis,
  type NamedCallLeg,
  type NamedPrediction,
  type Placed,
} from './call.js';
export { type TurnRules, TurnTaking, type TurnTakingOptions } from './calls/turn-taking.js';
export { type AudioHookSession, type FromAudioHookOptions, fromAudioHook } from './from-audio-hook.js';
export { type AudioSocketCall, type FromAudioSocketOptions, fromAudioSocket } from './from-audio-socket.js';
export { type FromPcapOptions, fromPcap } from './from-pcap.js';
export {
  type FromPcmSocketOptions,
  fromPcmSocket,
  type PcmSocket,
  type PcmSocketFormat,
  type PcmSocketStart,
} from './from-pcm-socket.js';
export { type FromTelephonySocketOptions, fromTelephonySocket, type TelephonySocket } from './from-telephony-socket.js';
export type { JitterOptions, RtpAudioOptions } from './rtp-audio-options.js';
export type { RtpChunk } from './rtp-leg.js';
export type { ArrivalGapOptions } from './sockets/arrival-gap-options.js';
export type { AudioHookStart } from './sockets/audio-hook-call.js';
export type { AudioHookChannel, AudioHookMedia } from './sockets/audio-hook-message.js';
export type { MediaFormat } from './sockets/media-format.js';
export type { TelephonyChunk } from './sockets/received-leg.js';
export type { SocketStatistics } from './sockets/socket-counters.js';
export type { SocketOptions } from './sockets/socket-session.js';
export type { TelephonyStart } from './sockets/telephony-call.js';
export type { TelephonyDialect, TelephonyTrack } from './sockets/telephony-message.js';
export type { WebSocketLike, WebSocketLikeEvent } from './sockets/web-socket-like.js';
export {
  type AudioHookRequest,
  type AudioHookSecrets,
  type AudioHookSignatureOptions,
  type AudioHookVerification,
  verifyAudioHookSignature,
} from './verify-audio-hook-signature.js';
