export type { DtmfEvent, RtpEvent, RtpStatisticsEvent } from '../events/index.js';
export type { RtpCodec, RtpCodecOption, RtpEncoding, RtpStatistics, SdpAudio, SdpSelection } from '../rtp/index.js';
export { sdpAudio } from '../rtp/index.js';
export { type BindRtpOptions, bindRtp, type RtpBinding } from './bind-rtp.js';
export { type FromPcapOptions, fromPcap } from './from-pcap.js';
export type { JitterOptions, RtpAudioOptions } from './rtp-audio-options.js';
export type { RtpChunk } from './rtp-leg.js';
