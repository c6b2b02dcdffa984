export { sniff } from './sniff.js';
export { SNIFF_LIMIT_BYTES } from './sniff-limit.js';
export { type Container, type SniffedAudio, type SniffResult, sniffedAudio } from './sniffed.js';
