export { WavReader } from './wav-reader.js';
