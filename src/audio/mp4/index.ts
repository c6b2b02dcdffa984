export { LateIndexMp4 } from './late-index-mp4.js';
