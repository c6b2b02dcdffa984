export { findSpeech, type SpeechSpurt } from './find-speech.js';
