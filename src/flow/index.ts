export { Fifo } from './fifo.js';
export type { Flow, Release } from './flow.js';
export { FlowGate, type FlowGateOptions } from './flow-gate.js';
export { Holder } from './holder.js';
export { Stage, type StageOptions, UNPACED_QUEUE_BYTES } from './stage.js';
