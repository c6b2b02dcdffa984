export { loadFft, RealFft } from './real-fft.js';
