export { type CompletenessCheck, completenessCheck, type Shortfall } from './completeness.js';
