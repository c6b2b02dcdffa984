export { Mp3Decoder } from './mp3-decoder.js';
