export { Fifo } from './fifo.js';
export type { Flow, Release } from './flow.js';
export { FlowGate, type FlowGateOptions } from './flow-gate.js';
export { Holder } from './holder.js';
export { type DroppedRun, LEAST_ITEM_BYTES, LiveBuffer, type LiveBufferOptions, type OverflowPolicy } from './live-buffer.js';
export { LIVE_LIMIT_NAMES, type LiveLimits, type ResolvedLiveLimits, resolveLiveLimits } from './live-limits.js';
export { onAbort } from './on-abort.js';
export { Stage, type StageOptions, UNPACED_QUEUE_BYTES } from './stage.js';
