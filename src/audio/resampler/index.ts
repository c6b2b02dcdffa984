export { loadResampler, Resampler, type ResamplerOptions, resamplerDelay } from './resampler.js';
