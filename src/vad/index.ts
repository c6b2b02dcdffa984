export { loadLightVad } from './light/light-vad.js';
export { isSileroInstalled, loadSileroVad, type SileroOptions } from './silero/silero-vad.js';
export { SpeechDetector, type SpeechDetectorOptions, type SpeechFrame } from './speech-detector.js';
export { VAD_SAMPLE_RATE, type Vad, type VadStream } from './vad.js';
