export { AudioInspector } from './audio-inspector.js';
