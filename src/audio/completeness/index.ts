export { completenessCheck } from './completeness.js';
export type { CompletenessCheck, Shortfall } from './completeness-check.js';
