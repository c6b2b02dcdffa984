export { RawDecoder } from './raw-decoder.js';
export { checkRawFormat, type RawFormat, type ResolvedRawFormat } from './raw-format.js';
