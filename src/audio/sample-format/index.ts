export { type Deinterleaved, deinterleave } from './deinterleave.js';
export { ownPlanes, type PlaneAllocator, reusedPlanes } from './planes.js';
export { codecName, SAMPLE_FORMATS, type SampleFormat, sampleBytes } from './sample-format.js';
