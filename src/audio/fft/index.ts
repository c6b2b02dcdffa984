export { loadFft, RealFft, sharedFft } from './real-fft.js';
