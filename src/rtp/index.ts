export type { JitterBufferSettings } from './jitter-buffer.js';
export type { RtpStatistics } from './reception-statistics.js';
export { isAudio, type RtpCodec, type RtpCodecOption, type RtpEncoding, rtpCodecs, STATIC_CODECS } from './rtp-codec.js';
export type { ReceivedAudio } from './rtp-epoch.js';
export { RtpReceiver, type RtpReceiverOptions, type RtpReceiverOutput } from './rtp-receiver.js';
export { type SdpAudio, type SdpSelection, sdpAudio } from './sdp.js';
