export { RawDecoder } from './raw-decoder.js';
export { checkRawFormat, type RawFormat } from './raw-format.js';
