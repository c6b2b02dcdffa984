export { loadResampler, Resampler, type ResamplerOptions, resamplerNeeds } from './resampler.js';
