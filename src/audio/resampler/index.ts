export { loadResampler, Resampler, type ResamplerOptions } from './resampler.js';
